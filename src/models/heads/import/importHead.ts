import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import { finishPartialFolder, startPartial } from '../../cache';
import { isMissing, readError, writeError } from '../../fileErrors';
import { sha256OfFile } from '../../fileHash';
import type { Model } from '../../model';
import type { OpenOptions } from '../../openOptions';
import type { HeadCard } from '../card';
import { cardName, tokenizerHash, type HeadTarget } from '../headFolder';
import { Checkpoint } from './checkpoint';
import { eagle } from './eagle';
import { eagle3 } from './eagle3';
import type { HeadFormat, ImportedHead } from './format';
import { ACCURACY, HeadPart, type Accuracy } from './headPart';
import { HeadWeights } from './headWeights';
import { hydra } from './hydra';
import { medusa, vllmMedusa } from './medusa';

/** Raised when the same checkpoint gives another folder: what was imported into the cache is imported anew. */
export const IMPORT_VERSION = 1;

/** The model that a head is to guess for, from which an import takes what the checkpoint does not hold. */
export type ImportTarget = HeadTarget & Pick<Model, 'tensor'>;

/** Every format that is known. EAGLE-3 comes before EAGLE, whose tensors it has too. */
const formats: readonly HeadFormat[] = [vllmMedusa, medusa, hydra, eagle3, eagle];

export interface ImportOptions extends OpenOptions {
  /** As the head's authors give it. */
  readonly licence?: string;
  /** The arithmetic of the head's products; tests have the exact one. */
  readonly accuracy?: Accuracy;
}

/**
 * Makes a released head one that a drafter runs: a folder of ONNX parts, their weights in 8 bits and a card, as
 * training/draft_heads exports them. The folder is there whole or not at all.
 *
 * @param source a .safetensors file, or a folder that holds one or several, beside config.json
 * @param folder a new one
 * @param model the target
 * @throws UserError `usage` for a head of another target or a folder that holds files, `bad-file` for a damaged
 *   checkpoint, `unsupported` for one of no known format, `disk`, `cancelled`
 */
export async function importHead(
  source: string,
  folder: string,
  model: ImportTarget,
  options: ImportOptions = {},
): Promise<HeadCard> {
  await refuseFilled(folder);
  const checkpoint = await Checkpoint.open(source, options);
  try {
    const { format, named } = recognise(checkpoint);
    const partial = await startPartial(folder);
    let card: HeadCard;
    try {
      await mkdir(partial);
      const head = await writeParts(format, named, partial, model, options.accuracy ?? ACCURACY.fast);
      card = await describeHead(format, head, named, partial, model, options);
      await writeFile(path.join(partial, cardName(format.kind)), `${JSON.stringify(card, null, 1)}\n`);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error instanceof UserError ? error : ofDisk(error, folder);
    }
    await finishPartialFolder(partial, folder);
    return card;
  } finally {
    await checkpoint.close();
  }
}

async function refuseFilled(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw readError(error, folder);
  });
  if (names.length === 0) return;
  throw new UserError(
    'usage',
    t('{0} is not empty, and nothing in it is replaced.', folder),
    t('Give a new folder.'),
  );
}

/**
 * The format of a checkpoint, and the checkpoint under the names that the format knows.
 *
 * @throws UserError `unsupported` when no format is known that has such tensors
 */
export function recognise(checkpoint: Checkpoint): {
  readonly format: HeadFormat;
  readonly named: Checkpoint;
} {
  for (const format of formats) {
    const named = format.recognise(checkpoint);
    if (named !== null) return { format, named };
  }
  const [first = '', ...rest] = checkpoint.names;
  throw new UserError(
    'unsupported',
    t(
      '{0} is no head of a known format: it has {1} tensors, {2} the first.',
      checkpoint.path,
      rest.length + 1,
      first,
    ),
    t('These are known: {0}.', formats.map(({ name }) => name).join(', ')),
  );
}

async function writeParts(
  format: HeadFormat,
  source: Checkpoint,
  folder: string,
  target: ImportTarget,
  accuracy: Accuracy,
): Promise<ImportedHead> {
  const weights = await HeadWeights.create(folder, `${format.kind}.bin`);
  const parts = new Map<string, HeadPart>();
  let head: ImportedHead;
  try {
    head = await format.convert(source, {
      target,
      weights,
      part(name) {
        const part = new HeadPart(weights, accuracy);
        parts.set(name, part);
        return part;
      },
    });
  } finally {
    await weights.close();
  }
  source.refuseRest(format.name);
  for (const [name, part] of parts) {
    await writeFile(path.join(folder, `${name}.onnx`), part.graph.serialise());
  }
  return head;
}

async function describeHead(
  { kind, name: format }: HeadFormat,
  { levels, draftVocabulary, layers }: ImportedHead,
  source: Checkpoint,
  folder: string,
  model: ImportTarget,
  options: ImportOptions,
): Promise<HeadCard> {
  const read = await Promise.all(source.files.map((file) => described(file)));
  const written = (await readdir(folder)).sort().map((file) => path.join(folder, file));
  const { hiddenSize, vocabulary } = model.config;
  return {
    version: layers === undefined ? 1 : 2,
    kind,
    levels,
    licence: options.licence ?? 'unknown',
    target: {
      name: model.name,
      files: model.files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
      hiddenSize,
      vocabulary,
      tokenizerSha256: tokenizerHash(model.tokenizer),
    },
    ...(layers === undefined ? {} : { layers: [...layers] }),
    draftVocabulary: { size: draftVocabulary },
    imported: { format, files: read },
    files: Object.fromEntries(
      await Promise.all(
        written.map(async (file) => {
          const { name, ...facts } = await described(file);
          return [name, facts] as const;
        }),
      ),
    ),
  };
}

async function described(file: string): Promise<{ name: string; bytes: number; sha256: string }> {
  return { name: path.basename(file), bytes: (await stat(file)).size, sha256: await sha256OfFile(file) };
}

/** A failure of the file system in the user's terms; anything else is a defect, and stays what it is. */
function ofDisk(error: unknown, folder: string): unknown {
  return error instanceof Error && 'code' in error ? writeError(error, folder) : error;
}
