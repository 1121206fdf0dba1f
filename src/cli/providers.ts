import type { ProbeRunner } from '../engine/probe';
import type { ProviderReport } from '../engine/providerReport';
import { providerSchema, type Provider } from '../protocol/engine';
import { EXIT, type Io } from './io';
import { ProgressLine } from './progressLine';

export interface ProvidersOptions {
  readonly json: boolean;
  readonly again: boolean;
  /** How providers are tried; tests have their own. */
  readonly probe?: ProbeRunner;
}

/** Lists what each provider can do on this machine; one that was not tried before is tried now. */
export async function listProviders({ json, again, probe }: ProvidersOptions, io: Io): Promise<number> {
  const { probeProcess } = await import('../engine/probe');
  const { providerReport } = await import('../engine/providerReport');
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const progress = new ProgressLine(io);
  const reports: [Provider, ProviderReport][] = [];
  try {
    for (const [done, provider] of providerSchema.options.entries()) {
      const total = providerSchema.options.length;
      if (provider !== 'cpu') progress.show({ phase: 'load', message: `Trying ${provider}`, done, total });
      const report = await providerReport(provider, probe ?? probeProcess(), { again, signal: abort.signal });
      reports.push([provider, report]);
    }
  } finally {
    progress.clear();
    stopListening();
  }
  if (json) io.stdout(`${JSON.stringify(Object.fromEntries(reports))}\n`);
  else for (const [id, report] of reports) io.stdout(`${id.padEnd(8)}${describe(report)}\n`);
  return EXIT.ok;
}

function describe(report: ProviderReport): string {
  if (!report.works) return `does not work: ${report.reason}`;
  return `works with ${report.forms.join(', ')} weights; ${report.trees ? 'trees' : 'chains only'}`;
}
