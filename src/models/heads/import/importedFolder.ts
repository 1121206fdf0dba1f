import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import { cacheFolder } from '../../cache';
import { rememberedSha256 } from '../../fileHash';
import { headKindSchema, type HeadKind } from '../card';
import { cardName } from '../headFolder';
import { Checkpoint } from './checkpoint';
import { IMPORT_VERSION, importHead, recognise, type ImportOptions, type ImportTarget } from './importHead';

/**
 * The folder of parts of what the user calls a head: itself, where it holds a card; for a released checkpoint the
 * folder in the cache that it was imported to, now or before.
 *
 * @param named a folder, or a .safetensors file
 * @param kind what the head is to be
 * @throws UserError `usage` for a checkpoint of another kind, and as `importHead`
 */
export async function importedFolder(
  named: string,
  kind: HeadKind,
  model: ImportTarget,
  options: ImportOptions = {},
): Promise<string> {
  if (await hasParts(named)) return named;
  const folder = path.join(cacheFolder(), 'heads', await keyOf(named, kind, model, options));
  // A folder of that name is whole: it was renamed to it when it was finished.
  if ((await stat(folder).catch(() => null)) === null) await importHead(named, folder, model, options);
  return folder;
}

/** Whether it is a folder with a card, or without anything to import: then its reader says what is wrong with it. */
async function hasParts(named: string): Promise<boolean> {
  const names = await readdir(named).catch(() => null);
  if (names === null) return false;
  const cards: string[] = headKindSchema.options.map(cardName);
  return names.some((name) => cards.includes(name)) || !names.some((name) => name.endsWith('.safetensors'));
}

/** A name for what an import depends on: the checkpoint, the target, and how heads are imported. */
async function keyOf(
  named: string,
  kind: HeadKind,
  model: ImportTarget,
  options: ImportOptions,
): Promise<string> {
  const checkpoint = await Checkpoint.open(named, options);
  try {
    requireKind(checkpoint, kind);
    const hashes: string[] = [];
    for (const file of checkpoint.files) hashes.push(await rememberedSha256(file, options));
    const target = model.files.map(({ sha256 }) => sha256);
    const text = JSON.stringify([IMPORT_VERSION, hashes, target, options.accuracy ?? null]);
    const key = createHash('sha256').update(text).digest('hex').slice(0, 16);
    return `${path.basename(path.resolve(named), '.safetensors')}-${key}`;
  } finally {
    await checkpoint.close();
  }
}

function requireKind(checkpoint: Checkpoint, kind: HeadKind): void {
  const { format } = recognise(checkpoint);
  if (format.kind === kind) return;
  throw new UserError(
    'usage',
    t('{0} is a head of {1}, which the drafter {2} does not run.', checkpoint.path, format.name, kind),
    t('Choose the drafter {0}.', format.kind),
  );
}
