import path from 'node:path';
import { UserError } from '../../errors';
import { t } from '../../l10n';
import { BinaryFile } from '../binaryFile';
import type { LlamaConfig, Model, ModelFile, TensorType } from '../model';
import type { OpenOptions } from '../openOptions';
import { readSafetensors, type SafetensorsEntry } from '../safetensors';
import { sameShape, TENSOR_LAYOUTS } from '../tensorLayout';
import { expectedWeights, sharedWeights } from '../weights';
import { DRAFT_MODEL_WEIGHTS, draftModelCardSchema, type DraftModelCard } from './card';
import { readCardOf, requireTarget, wholeFiles, type CardFile, type HeadTarget } from './headFolder';

/** The name of a draft model's card in its folder. */
export const DRAFT_MODEL_CARD = 'draft-model.json';

type Weight = SafetensorsEntry & { readonly type: TensorType };

/** Reads and checks a draft model's card. @throws UserError `bad-file`, `disk` */
export function readDraftModelCard(file: string): Promise<CardFile<DraftModelCard>> {
  return readCardOf(
    file,
    'draft-model',
    draftModelCardSchema,
    () =>
      new UserError(
        'bad-file',
        t('There is no draft model in {0}: it has no {1}.', path.dirname(file), path.basename(file)),
        t('Name a folder that one was exported to.'),
      ),
  );
}

/**
 * Reads a draft model's card, and checks that it is one of the target and that its files are whole.
 *
 * @throws as `openDraftModelFolder`
 */
export async function checkedDraftModel(
  folder: string,
  target: HeadTarget,
  options: OpenOptions = {},
): Promise<{ readonly card: DraftModelCard; readonly files: readonly ModelFile[] }> {
  const cardFile = path.join(folder, DRAFT_MODEL_CARD);
  const { card } = await readDraftModelCard(cardFile);
  requireTarget(card, cardFile, target);
  const files = await wholeFiles(folder, card, options);
  return { card, files: files.map((file) => ({ ...file, path: path.join(folder, file.name) })) };
}

/**
 * Opens a draft model that is a few layers alone, in a folder that may hold heads too. All else is the target's:
 * embeddings, vocabulary projection, tokenizer, chat template and shape. The target must stay open as long.
 *
 * Its weights are a safetensors file: norms as they are, matrices as Q8_0 blocks (`U8`, each row's blocks one after
 * another).
 *
 * @throws UserError `bad-file` or `disk` for a folder without a draft model and for a damaged one, `usage` for one of
 *   another target, `cancelled`
 */
export async function openDraftModelFolder(
  folder: string,
  target: Model,
  options: OpenOptions = {},
): Promise<Model> {
  const { card, files: own } = await checkedDraftModel(folder, target, options);
  const config = { ...target.config, layers: card.decoderLayers };
  const reader = await BinaryFile.open(path.join(folder, DRAFT_MODEL_WEIGHTS));
  try {
    const weights = ownWeights(await readSafetensors(reader), config, reader.path);
    return {
      id: folder,
      // Not translated: a folder of the cache is called so.
      name: `${target.name} draft model`,
      architecture: target.architecture,
      config,
      files: [...own, ...target.files],
      tokenizer: target.tokenizer,
      hasChatTemplate: target.hasChatTemplate,
      renderChat: (turns) => target.renderChat(turns),
      async tensor(name) {
        const weight = weights.get(name);
        if (weight === undefined) return target.tensor(name);
        const { type, shape, offset, bytes } = weight;
        return { name, type, shape, bytes: await reader.read(offset, bytes) };
      },
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** The weights that are not the target's, each as the engine reads it. */
function ownWeights(
  entries: ReadonlyMap<string, SafetensorsEntry>,
  config: LlamaConfig,
  file: string,
): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const [name, shape] of expectedWeights(config)) {
    if (sharedWeights.has(name)) continue;
    const entry = entries.get(name);
    if (entry?.type === 'F32' && sameShape(entry.shape, shape)) weights.set(name, { ...entry, type: 'F32' });
    else if (entry?.type === 'U8' && sameShape(entry.shape, blocksOf(shape)))
      weights.set(name, { ...entry, shape, type: 'Q8_0' });
    else
      throw new UserError(
        'bad-file',
        t('{0} does not hold the weights of {1} layers: {2} is not right.', file, config.layers, name),
        t('Export it again, with this version.'),
      );
  }
  return weights;
}

/** The shape in bytes of a matrix `[rows, inputs]` in Q8_0 blocks. */
function blocksOf([rows, inputs]: readonly number[]): readonly number[] {
  const { blockSize, blockBytes } = TENSOR_LAYOUTS.Q8_0;
  return [rows, (inputs / blockSize) * blockBytes];
}
