import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, writeAtomically } from '../models/cache';
import { WEIGHT_FORMS_VERSION, writeWeightForm, type WeightForm } from '../models/graph/weightForms';
import { parseIndex, serialiseIndex, WEIGHTS_FILE } from '../models/graph/weightsFile';
import type { Model, OnProgress } from '../models/model';
import { calibrateInt8, CALIBRATION_VERSION } from './calibration';
import { digest, exists, type ConvertedWeights } from './convertedWeights';

/**
 * Converted models, one folder a (model files, weight form): `weights.bin`, then its index, then the graphs
 * that were asked for. The index is written last of the two, so a folder with an index is whole.
 */
const INDEX_FILE = 'weights.json';

/** The model's weights in the given form: from the cache, or converted now. */
export async function convertedWeights(
  model: Model,
  form: WeightForm,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<ConvertedWeights> {
  const folder = conversionFolder(model, form);
  const indexFile = path.join(folder, INDEX_FILE);
  if (await exists(indexFile)) {
    return { folder, config: model.config, index: parseIndex(await readFile(indexFile, 'utf8')) };
  }
  const calibration =
    form === 'int8'
      ? await calibrateInt8(
          model,
          await convertedWeights(model, 'file', onProgress, signal),
          onProgress,
          signal,
        )
      : null;
  const index = await writeAtomically(path.join(folder, WEIGHTS_FILE), (partial) =>
    writeWeightForm(model, form, calibration, partial, onProgress, signal),
  );
  const text = serialiseIndex(index);
  await writeAtomically(indexFile, (partial) => writeFile(partial, text));
  return { folder, config: model.config, index };
}

/** Whether the form stands in the cache, so that it need not be converted. */
export function isConverted(model: Model, form: WeightForm): Promise<boolean> {
  return exists(path.join(conversionFolder(model, form), INDEX_FILE));
}

/** Where the model in that form stands, or is to. */
export function conversionFolder(model: Model, form: WeightForm): string {
  return path.join(cacheFolder(), 'converted', conversionKey(model, form));
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
