import { createHash } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../models/cache';
import { buildDecoder, type AttentionForm, type DecoderOutputs } from '../models/graph/decoder';
import type { WeightsIndex } from '../models/graph/weightsFile';
import type { LlamaConfig } from '../models/model';

/** A weight form that stands converted in the cache: a folder with the weights and the graphs over them. */
export interface ConvertedWeights {
  readonly folder: string;
  readonly config: LlamaConfig;
  readonly index: WeightsIndex;
}

/**
 * The path of a graph over these weights with the given outputs, written at its first use. Building one takes
 * milliseconds, so it is named by what is in it: a graph of another version is never taken for this one.
 */
export async function decoderGraph(
  weights: ConvertedWeights,
  outputs: DecoderOutputs,
  form?: AttentionForm,
): Promise<string> {
  return graphFile(weights.folder, 'decoder', buildDecoder(weights.config, weights.index, outputs, form));
}

/** The path of a graph in the folder, written at its first use. */
export async function graphFile(folder: string, name: string, graph: Uint8Array): Promise<string> {
  const file = path.join(folder, `${name}-${digest(graph)}.onnx`);
  if (!(await exists(file))) await writeAtomically(file, (partial) => writeFile(partial, graph));
  return file;
}

/** A short hash for a name. */
export function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

export async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}
