import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { cacheFolder, writeAtomically } from '../models/cache';
import { weightsSchema, type Provider } from '../protocol/engine';
import { digest } from './convertedWeights';
import type { ProbeRunner } from './probe';
import { PROVIDERS } from './providers';
import { missingCudaLibraries, runtimePackage } from './runtimePackage';
import { SELF_TEST_VERSION } from './selfTest';
import { runtimeVersion, supportedProviders } from './session';

const reportSchema = z.discriminatedUnion('works', [
  z.object({ works: z.literal(true), forms: z.array(weightsSchema), trees: z.boolean() }),
  z.object({ works: z.literal(false), reason: z.string() }),
]);

const FETCH_HINT = '`draftscope providers --fetch-cuda` tells how it comes there';

/** What came of trying a provider on this machine. */
export type ProviderReport = z.infer<typeof reportSchema>;

export interface ReportOptions {
  /** Whether to ask again in spite of an earlier answer: a driver may have been installed. */
  readonly again?: boolean;
  /** What the runtime knows; others need no process to be refused. */
  readonly supported?: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * What a provider can do here: from the cache folder where this machine and runtime tried it before, or tried
 * now in a process of its own.
 *
 * @throws UserError `cancelled`
 */
export async function providerReport(
  provider: Provider,
  probe: ProbeRunner,
  { again = false, supported = supportedProviders(), signal }: ReportOptions = {},
): Promise<ProviderReport> {
  if (provider === 'cpu') return { works: true, forms: [...PROVIDERS.cpu.forms], trees: true };
  const absence = absenceOf(provider, supported);
  if (absence !== null) return { works: false, reason: absence };
  const file = path.join(cacheFolder(), 'providers', `${provider}-${machineKey()}.json`);
  if (!again) {
    const known = await recall(file);
    if (known !== null) return known;
  }
  const report = await tried(provider, probe, signal);
  // Only a saving of time: where the cache cannot be written, it is tried again next time.
  await writeAtomically(file, (partial) => writeFile(partial, JSON.stringify(report))).catch(() => undefined);
  return report;
}

/** Why a provider cannot even be tried here, null where it can; not remembered, as a fetch of libraries changes it. */
export function absenceOf(
  provider: Provider,
  supported: readonly string[] = supportedProviders(),
): string | null {
  if (!supported.includes(provider)) {
    return `ONNX Runtime ${runtimeVersion} for ${process.platform} ${process.arch} does not have it`;
  }
  const missing = provider === 'cuda' ? missingCudaLibraries().at(0) : undefined;
  return missing === undefined ? null : `${missing} is not there; ${FETCH_HINT}`;
}

async function tried(provider: Provider, probe: ProbeRunner, signal?: AbortSignal): Promise<ProviderReport> {
  const answer = await probe(provider, { kind: 'selfTest' }, signal);
  switch (answer.kind) {
    case 'capabilities':
      return { works: true, forms: [...answer.capabilities.forms], trees: answer.capabilities.trees };
    case 'failed':
      return { works: false, reason: answer.reason.replace(/\.$/, '') };
    case 'times':
      return { works: false, reason: 'the probe answered another question' };
  }
}

/** What decides about an answer and can be known without asking; drivers cannot, which is why one can ask again. */
export function machineKey(): string {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, LD_LIBRARY_PATH, CUDA_VISIBLE_DEVICES } = process.env;
  const machine = [os.hostname(), os.cpus()[0]?.model, process.platform, process.arch, runtimePackage()];
  const drivers = [VK_ICD_FILENAMES, VK_DRIVER_FILES, LD_LIBRARY_PATH, CUDA_VISIBLE_DEVICES];
  return digest(JSON.stringify([...machine, ...drivers, runtimeVersion, SELF_TEST_VERSION]));
}

async function recall(file: string): Promise<ProviderReport | null> {
  try {
    return reportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Not tried yet, or cut off.
    return null;
  }
}
