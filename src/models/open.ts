import { stat } from 'node:fs/promises';
import { UserError } from '../errors';
import { throwIfCancelled } from './cancellation';
import { openDefaultModel } from './defaultModel';
import { openGguf } from './gguf';
import type { Model } from './model';
import type { OpenOptions } from './openOptions';

/** The id of the model that everybody gets without choosing one. */
export const DEFAULT_MODEL = 'default';

/**
 * Opens a model wherever it is, downloading it first where that is needed.
 *
 * @param id `default`, or a path to a .gguf file
 * @throws UserError
 */
export async function openModel(id: string, options: OpenOptions = {}): Promise<Model> {
  throwIfCancelled(options.signal);
  if (id === DEFAULT_MODEL) return openDefaultModel(id, options);
  const found = await stat(id).catch(() => null);
  if (found?.isFile()) return openGguf(id, options);
  throw new UserError('bad-file', `There is no model file ${id}.`, 'Check the path.');
}
