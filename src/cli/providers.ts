import type { ProbeRunner } from '../engine/probe';
import type { ProviderReport } from '../engine/providerReport';
import { UserError } from '../errors';
import { providerSchema, type CudaOffer, type Provider } from '../protocol/engine';
import { formatBytes } from './format';
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
  const { forgiveDeaths } = await import('../engine/providerDeath');
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const progress = new ProgressLine(io);
  const reports: [Provider, ProviderReport][] = [];
  try {
    for (const [done, provider] of providerSchema.options.entries()) {
      const total = providerSchema.options.length;
      if (provider !== 'cpu') progress.show({ phase: 'load', message: `Trying ${provider}`, done, total });
      if (again) await forgiveDeaths(provider);
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

export interface FetchCudaOptions {
  readonly json: boolean;
  /** Whether the user agrees to the offer. */
  readonly yes: boolean;
}

/**
 * Says what a fetch of CUDA's libraries brings and, when the user agrees, fetches them.
 *
 * @throws UserError `usage` without the user's word, or as the fetch
 */
export async function fetchCudaCommand({ json, yes }: FetchCudaOptions, io: Io): Promise<number> {
  const { cudaOffer, fetchCudaLibraries } = await import('../engine/cudaLibraries');
  let offer = cudaOffer();
  if (!offer.present && !yes) {
    io.stdout(json ? `${JSON.stringify(offer)}\n` : describeOffer(offer));
    throw new UserError('usage', 'Nothing was fetched.', 'Add --yes to agree.');
  }
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  const progress = new ProgressLine(io);
  try {
    offer = await fetchCudaLibraries({ onProgress: (step) => progress.show(step), signal: abort.signal });
  } finally {
    progress.clear();
    stopListening();
  }
  io.stdout(json ? `${JSON.stringify(offer)}\n` : `CUDA's libraries are in ${offer.folder}.\n`);
  return EXIT.ok;
}

function describeOffer(offer: CudaOffer): string {
  return [
    `Package    ${offer.package}, through pip and the index that it is set to`,
    `Download   ${formatBytes(offer.bytes)}, checked by SHA-256`,
    `Stays      ${formatBytes(offer.installedBytes)} in ${offer.folder}`,
    `Licence    ${offer.licence}`,
    `Needs      ${offer.needs}; they are not fetched`,
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function describe(report: ProviderReport): string {
  if (!report.works) return `does not work: ${report.reason}`;
  return `works with ${report.forms.join(', ')} weights; ${report.trees ? 'trees' : 'chains only'}`;
}
