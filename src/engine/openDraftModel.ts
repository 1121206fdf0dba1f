import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { t } from '../l10n';
import { throwIfCancelled } from '../models/cancellation';
import { DRAFT_MODEL_CARD, openDraftModelFolder } from '../models/heads/draftModelFolder';
import type { Model } from '../models/model';
import { openModel } from '../models/open';
import type { OpenOptions } from '../models/openOptions';
import { tokenizerDifference } from '../models/sameTokenizer';
import type { WeightForm } from '../protocol/engine';
import { convertedWeights } from './convert';
import type { ConvertedWeights } from './convertedWeights';
import { LoadedDraftModel, type DraftPlace } from './draftModel';
import { shippedDraftModel } from './heads/openHead';
import type { LoadOptions } from './loadTarget';

/** `layers:6`: the target's own first six layers, under its own head. */
const FIRST_LAYERS = /^layers:(.*)$/;

/** The target that a draft model is for, whose weight form, place and threads it takes over. */
export interface DraftTarget extends DraftPlace {
  readonly model: Model;
  readonly weights: ConvertedWeights;
  readonly form: WeightForm;
}

/**
 * Opens a draft model and loads it.
 *
 * @param id a model's name, as the target's is given, the folder of one that was distilled from the target, or
 *   `layers:N`; undefined for the one that comes with the program
 * @throws UserError `usage` where none comes with the program, for a model with another tokenizer or of another target,
 *   and for layers that the target has not, and what opening a model throws
 */
export async function openDraftModel(
  id: string | undefined,
  target: DraftTarget,
  options: LoadOptions,
): Promise<LoadedDraftModel> {
  const layers = id === undefined ? null : FIRST_LAYERS.exec(id);
  if (id !== undefined && layers !== null) return firstLayers(id, Number(layers[1]), target, options);

  const { onProgress, signal } = options;
  const model = await open(id, target.model, options);
  try {
    requireSameTokenizer(target.model, model);
    const weights = await convertedWeights(model, target.form, onProgress, signal);
    throwIfCancelled(signal);
    onProgress({
      phase: 'load',
      message: t('Loading the draft model {0}', model.name),
      done: 0,
      total: null,
    });
    const files = model.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
    // One that comes with the program is told by its own folder, as heads are, wherever that is installed.
    const facts = { id: id ?? path.basename(model.id), name: model.name, files, layers: model.config.layers };
    const vocabulary = sharedVocabulary(target.model, model);
    return await LoadedDraftModel.load(facts, weights, vocabulary, target, options.open);
  } finally {
    await model.close();
  }
}

async function open(id: string | undefined, target: Model, options: OpenOptions): Promise<Model> {
  if (id === undefined) {
    const shipped = await shippedDraftModel(target);
    if (shipped === null) throw noneShipped(target);
    return openDraftModelFolder(shipped, target, options);
  }
  const isFolderOfOne = (await stat(path.join(id, DRAFT_MODEL_CARD)).catch(() => null)) !== null;
  return isFolderOfOne ? openDraftModelFolder(id, target, options) : openModel(id, options);
}

function noneShipped(target: Model): UserError {
  return new UserError(
    'usage',
    t('No draft model is named, and none for {0} comes with Draftscope.', target.name),
    t(
      'Name one with the same tokenizer in the setting draftscope.draftModel (--draft-model), or layers:6 there for the first six layers of the target.',
    ),
  );
}

/** Runs over the target's own converted weights: nothing is converted, and the file is mapped once. */
async function firstLayers(
  id: string,
  layers: number,
  target: DraftTarget,
  options: Pick<LoadOptions, 'open'>,
): Promise<LoadedDraftModel> {
  const { model, weights } = target;
  if (!Number.isInteger(layers) || layers < 1 || layers > model.config.layers) {
    throw new UserError(
      'usage',
      t('The draft model {0} is not there: {1} has {2} layers.', id, model.name, model.config.layers),
      t('Write layers:1 to layers:{0}.', model.config.layers),
    );
  }
  const files = model.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
  const name = t('{0}, first {1} of {2} layers', model.name, layers, model.config.layers);
  const part = { ...weights, config: { ...weights.config, layers } };
  const facts = { id, name, files, layers };
  return LoadedDraftModel.load(facts, part, sharedVocabulary(model, model), target, options.open);
}

/** By text, as two vocabularies of one size may be different ones, and of different sizes the same but for a few. */
function requireSameTokenizer(target: Model, draft: Model): void {
  const difference = tokenizerDifference(target.tokenizer, draft.tokenizer, [
    t('the target'),
    t('the draft model'),
  ]);
  if (difference === null) return;
  throw new UserError(
    'usage',
    t('The draft model {0} has another tokenizer than {1}: {2}.', draft.name, target.name, difference),
    t('Choose a draft model of the same family, or layers:6 for the first six layers of the target.'),
  );
}

function sharedVocabulary(one: Model, other: Model): number {
  return Math.min(...[one, other].flatMap(({ tokenizer, config }) => [tokenizer.size, config.vocabulary]));
}
