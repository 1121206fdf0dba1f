import { stat } from 'node:fs/promises';
import { UserError } from '../errors';
import { t } from '../l10n';
import { throwIfCancelled } from './cancellation';
import { openDefaultModel } from './defaultModel';
import { openGguf } from './gguf';
import { isHubId, openHubModel } from './hub';
import { openHuggingFaceFolder } from './huggingFaceFolder';
import type { Model } from './model';
import type { OpenOptions } from './openOptions';

/** The id of the model that everybody gets without choosing one. */
export const DEFAULT_MODEL = 'default';

/**
 * Opens a model wherever it is, downloading it first where that is needed.
 *
 * @param id `default`, a path to a .gguf file or to a Hugging Face folder, or a hub id: `owner/name`, with
 *   `@revision` where it matters. What exists on this machine comes before a hub id of the same name.
 * @throws UserError
 */
export async function openModel(id: string, options: OpenOptions = {}): Promise<Model> {
  throwIfCancelled(options.signal);
  if (id === DEFAULT_MODEL) return openDefaultModel(id, options);
  const found = await stat(id).catch(() => null);
  if (found?.isDirectory()) return openHuggingFaceFolder(id, options);
  if (found !== null) return openGguf(id, options);
  if (isHubId(id) && !id.endsWith('.gguf')) return openHubModel(id, options);
  throw new UserError(
    'bad-file',
    t('There is no model {0}.', id),
    t('Give a .gguf file, a Hugging Face folder, a hub id (owner/name), or default.'),
  );
}
