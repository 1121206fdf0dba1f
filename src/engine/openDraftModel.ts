import { UserError } from '../errors';
import { t } from '../l10n';
import { throwIfCancelled } from '../models/cancellation';
import type { Model, OnProgress } from '../models/model';
import { openModel } from '../models/open';
import { tokenizerDifference } from '../models/sameTokenizer';
import type { Provider, WeightForm } from '../protocol/engine';
import { convertedWeights } from './convert';
import type { ConvertedWeights } from './convertedWeights';
import { LoadedDraftModel } from './draftModel';

/** `layers:6`: the target's own first six layers, under its own head. */
const FIRST_LAYERS = /^layers:(.*)$/;

/** The target that a draft model is for, whose weight form, place and threads it takes over. */
export interface DraftTarget {
  readonly model: Model;
  readonly weights: ConvertedWeights;
  readonly form: WeightForm;
  readonly provider: Provider;
  readonly threads: number;
}

/**
 * Opens a draft model and loads it.
 *
 * @param id a model's name, as the target's is given, or `layers:N`
 * @throws UserError `usage` for a model with another tokenizer or layers that the target has not, and what opening a
 *   model throws
 */
export async function openDraftModel(
  id: string,
  target: DraftTarget,
  options: { readonly onProgress: OnProgress; readonly signal?: AbortSignal },
): Promise<LoadedDraftModel> {
  const layers = FIRST_LAYERS.exec(id);
  if (layers !== null) return firstLayers(id, Number(layers[1]), target);

  const { onProgress, signal } = options;
  const model = await openModel(id, options);
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
    const facts = { id, name: model.name, files, layers: model.config.layers };
    return await LoadedDraftModel.load(facts, weights, sharedVocabulary(target.model, model), target);
  } finally {
    await model.close();
  }
}

/** Runs over the target's own converted weights: nothing is converted, and the file is mapped once. */
async function firstLayers(id: string, layers: number, target: DraftTarget): Promise<LoadedDraftModel> {
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
  return LoadedDraftModel.load({ id, name, files, layers }, part, sharedVocabulary(model, model), target);
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
