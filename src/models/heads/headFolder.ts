import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { UserError } from '../../errors';
import { t } from '../../l10n';
import { isMissing, readError } from '../fileErrors';
import { rememberedSha256 } from '../fileHash';
import type { Model } from '../model';
import type { OpenOptions } from '../openOptions';
import { headCardSchema, type Card, type HeadCard, type HeadKind } from './card';

/** What a head must fit. */
export type HeadTarget = Pick<Model, 'name' | 'files' | 'config' | 'tokenizer'>;

/** A file whose content is known. */
interface KnownFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A head's folder whose files are whole and made for the target. */
export interface HeadFolder {
  readonly folder: string;
  readonly card: HeadCard;
  /** The card, then the files that it names. */
  readonly files: readonly KnownFile[];
  /**
   * The path of an ONNX part.
   *
   * @throws UserError `bad-file` when the head has none of that name
   */
  part(name: string): string;
}

/** The name of a head's card in its folder. */
export const cardName = (kind: HeadKind): string => `${kind}.json`;

/**
 * Opens the head of one kind in a folder that may hold several: reads its card, checks that it was made for the target,
 * and that every file is what the card says. A file is hashed again only once its size or time of change differs.
 *
 * @throws UserError `bad-file` or `disk` for a folder without such a head and for a damaged one, `usage` for a head of
 *   another target, `cancelled`
 */
export async function openHeadFolder(
  folder: string,
  kind: HeadKind,
  target: HeadTarget,
  options: OpenOptions = {},
): Promise<HeadFolder> {
  const cardFile = path.join(folder, cardName(kind));
  const { card, self } = await readCard(cardFile, kind);
  requireTarget(card, cardFile, target);
  return {
    folder,
    card,
    files: [self, ...(await wholeFiles(folder, card, options))],
    part(name) {
      const file = `${name}.onnx`;
      if (file in card.files) return path.join(folder, file);
      throw new UserError(
        'bad-file',
        t('{0} names no {1}, which a head of this kind with {2} levels needs.', cardFile, file, card.levels),
        t('Export or import the head again.'),
      );
    },
  };
}

/**
 * The files that a card names, once each is what it says. One is hashed again only when its size or time of change
 * differs.
 *
 * @throws UserError `bad-file`, `disk`, `cancelled`
 */
export async function wholeFiles(folder: string, card: Card, options: OpenOptions): Promise<KnownFile[]> {
  const files = Object.entries(card.files).map(([name, file]) => ({ name, ...file }));
  for (const file of files) await requireWhole(folder, file, options);
  return files;
}

/** Whether what a card tells of was made for these very weights. */
export function isMadeFor(card: Card, { files }: Pick<HeadTarget, 'files'>): boolean {
  const hashes = (all: readonly { readonly sha256: string }[]) => new Set(all.map(({ sha256 }) => sha256));
  const [made, own] = [hashes(card.target.files), hashes(files)];
  return made.size === own.size && [...made].every((hash) => own.has(hash));
}

/** Reads and checks a head's card. @throws UserError `bad-file`, `disk` */
export function readCard(file: string, kind: HeadKind): Promise<CardFile<HeadCard>> {
  return readCardOf(file, kind, headCardSchema, () => noHead(file, kind));
}

/** A card that was read, and its own file. */
export interface CardFile<Read extends Card> {
  readonly card: Read;
  readonly self: KnownFile;
}

/**
 * Reads and checks a card of one kind.
 *
 * @param missing what is said where there is none
 * @throws UserError `bad-file`, `disk`
 */
export async function readCardOf<Read extends Card>(
  file: string,
  kind: Read['kind'],
  schema: z.ZodType<Read>,
  missing: () => UserError,
): Promise<CardFile<Read>> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw isMissing(error) ? missing() : readError(error, file);
  });
  const found = schema.safeParse(parsed(bytes.toString('utf8')));
  if (!found.success) {
    const [issue] = found.error.issues;
    throw new UserError(
      'bad-file',
      issue.path.length === 0
        ? t('{0} is no card of a head or a draft model: it is no JSON object.', file)
        : t('{0} is no card of a head or a draft model: {1} is not right.', file, issue.path.join('.')),
      t('Export or import it again, with this version.'),
    );
  }
  if (found.data.kind !== kind) {
    throw new UserError(
      'bad-file',
      t('{0} is the card of another kind of head: {1}.', file, found.data.kind),
      t('Restore its name.'),
    );
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { card: found.data, self: { name: path.basename(file), bytes: bytes.length, sha256 } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function noHead(file: string, kind: HeadKind): UserError {
  return new UserError(
    'bad-file',
    t('There is no {0} head in {1}: it has no {2}.', kind, path.dirname(file), path.basename(file)),
    t('Name a folder that one was exported or imported to (setting draftscope.head, --head).'),
  );
}

/**
 * What differs is named by the first thing that does, from the shape to the weights.
 *
 * @throws UserError `usage` where a card tells of another target
 */
export function requireTarget(card: Card, cardFile: string, target: HeadTarget): void {
  if (isMadeFor(card, target)) return;
  throw new UserError(
    'usage',
    difference(card, cardFile, target),
    t('Choose the model that it was made for, or one that was made for this model.'),
  );
}

function difference({ target: made }: Card, cardFile: string, target: HeadTarget): string {
  const { name, config, tokenizer, files } = target;
  const names = [cardFile, made.name, name];
  if (made.hiddenSize !== config.hiddenSize) {
    return t(
      '{0} was made for {1}, not for {2}: it reads states of {3} numbers, and those here have {4}.',
      ...names,
      made.hiddenSize,
      config.hiddenSize,
    );
  }
  if (made.vocabulary !== config.vocabulary) {
    return t(
      '{0} was made for {1}, not for {2}: its vocabulary has {3} tokens, and that here has {4}.',
      ...names,
      made.vocabulary,
      config.vocabulary,
    );
  }
  if (made.tokenizerSha256 !== tokenizerHash(tokenizer)) {
    return t('{0} was made for {1}, not for {2}: the tokenizers differ.', ...names);
  }
  const short = (all: readonly { readonly sha256: string }[]) =>
    all.map(({ sha256 }) => sha256.slice(0, 8)).join(', ');
  return t(
    '{0} was made for {1}, not for {2}: the weights differ (SHA-256 {3} and {4}).',
    ...names,
    short(made.files),
    short(files),
  );
}

/** What a card calls its target's tokenizer. */
export function tokenizerHash({ json }: HeadTarget['tokenizer']): string {
  return createHash('sha256').update(JSON.stringify(json)).digest('hex');
}

async function requireWhole(folder: string, file: KnownFile, options: OpenOptions): Promise<void> {
  const place = path.join(folder, file.name);
  const { size } = await stat(place).catch((error: unknown) => {
    throw readError(error, place);
  });
  if (size === file.bytes && (await rememberedSha256(place, options)) === file.sha256) return;
  throw new UserError(
    'bad-file',
    size === file.bytes
      ? t('{0} is not the file that the card beside it names: its content differs.', place)
      : t(
          '{0} is not the file that the card beside it names: it has {1} bytes, not {2}.',
          place,
          size,
          file.bytes,
        ),
    t('Copy or export it again.'),
  );
}
