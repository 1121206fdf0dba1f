import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, writeAtomically } from '../models/cache';
import { buildDecoder, type DecoderOutputs } from '../models/graph/decoder';
import {
  WEIGHT_FORMS_VERSION,
  writeWeightForm,
  type Outliers,
  type WeightForm,
} from '../models/graph/weightForms';
import { parseIndex, serialiseIndex, WEIGHTS_FILE, type WeightsIndex } from '../models/graph/weightsFile';
import type { LlamaConfig, Model, OnProgress } from '../models/model';
import { calibrateOutliers, CALIBRATION_VERSION } from './calibration';

/**
 * Converted models, one folder a (model files, weight form): `weights.bin`, then its index, then the graphs
 * that were asked for. The index is written last of the two, so a folder with an index is whole.
 */
const INDEX_FILE = 'weights.json';

/** A weight form that stands converted in the cache. */
export interface ConvertedWeights {
  readonly folder: string;
  readonly config: LlamaConfig;
  readonly index: WeightsIndex;
}

/** The model's weights in the given form: from the cache, or converted now. */
export async function convertedWeights(
  model: Model,
  form: WeightForm,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<ConvertedWeights> {
  const folder = path.join(cacheFolder(), 'converted', conversionKey(model, form));
  const indexFile = path.join(folder, INDEX_FILE);
  if (await exists(indexFile)) {
    return { folder, config: model.config, index: parseIndex(await readFile(indexFile, 'utf8')) };
  }
  const outliers: Outliers =
    form === 'int8'
      ? await calibrateOutliers(
          model,
          await convertedWeights(model, 'file', onProgress, signal),
          onProgress,
          signal,
        )
      : new Map<string, readonly number[]>();
  let index: WeightsIndex | null = null;
  await writeAtomically(path.join(folder, WEIGHTS_FILE), async (partial) => {
    index = await writeWeightForm(model, form, outliers, partial, onProgress, signal);
  });
  if (index === null) throw new Error('the conversion wrote nothing');
  const text = serialiseIndex(index);
  await writeAtomically(indexFile, (partial) => writeFile(partial, text));
  return { folder, config: model.config, index };
}

/**
 * The path of a graph over these weights with the given outputs, written at its first use. Building one takes
 * milliseconds, so it is named by what is in it: a graph of another version is never taken for this one.
 */
export async function decoderGraph(weights: ConvertedWeights, outputs: DecoderOutputs): Promise<string> {
  const graph = buildDecoder(weights.config, weights.index, outputs);
  const file = path.join(weights.folder, `decoder-${digest(graph)}.onnx`);
  if (!(await exists(file))) await writeAtomically(file, (partial) => writeFile(partial, graph));
  return file;
}

function conversionKey(model: Model, form: WeightForm): string {
  const source = {
    version: WEIGHT_FORMS_VERSION,
    files: model.files.map((file) => file.sha256),
    form,
    calibration: form === 'int8' ? CALIBRATION_VERSION : 0,
  };
  // The name is for people who look into the cache; the hash alone decides.
  const name = model.name.replace(/[^A-Za-z0-9._-]+/g, '-');
  return `${name}-${form}-${digest(JSON.stringify(source))}`;
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}
