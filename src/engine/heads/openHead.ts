import path from 'node:path';
import { stat } from 'node:fs/promises';
import { UserError } from '../../errors';
import { t } from '../../l10n';
import { throwIfCancelled } from '../../models/cancellation';
import type { HeadKind } from '../../models/heads/card';
import { openHeadFolder, type HeadFolder, type HeadTarget } from '../../models/heads/headFolder';
import { importedFolder } from '../../models/heads/import/importedFolder';
import type { ImportTarget } from '../../models/heads/import/importHead';
import { findShippedDraftModel, findShippedHead } from '../../models/heads/shippedHeads';
import type { OnProgress } from '../../models/model';
import type { ConvertedWeights } from '../convertedWeights';
import type { Head, HeadFacts, LoadHead } from './head';
import { HeadParts } from './headParts';
import { TargetTables } from './targetTables';

/** Where the heads that come with the program lie, below its own folder. */
const SHIPPED = path.join('media', 'heads');

/** What a head is to be opened for. */
export interface HeadRequest {
  readonly kind: HeadKind;
  /** What the request names: a head's folder, or a released checkpoint. Undefined for the head that comes with the program. */
  readonly folder: string | undefined;
  readonly load: LoadHead;
}

/** A loaded head, and what the trace says of it. */
export interface LoadedHead {
  readonly head: Head;
  readonly facts: HeadFacts;
}

/**
 * Finds a head, imports it at the first use where it is a checkpoint that others released, checks that it fits the target
 * and is whole, and loads it. It runs on the CPU, wherever the target does.
 *
 * @throws UserError `usage` where there is no such head for the target, `bad-file` for one that is damaged,
 *   `unsupported` for a checkpoint that cannot be imported, `disk`, `cancelled`
 */
export async function openHead(
  { kind, folder, load }: HeadRequest,
  target: {
    readonly model: ImportTarget;
    readonly weights: ConvertedWeights;
    readonly threads: number;
  },
  options: { readonly onProgress: OnProgress; readonly signal?: AbortSignal },
): Promise<LoadedHead> {
  const place =
    folder === undefined
      ? await shippedHead(kind, target.model)
      : await importedFolder(folder, kind, target.model, options);
  if (place === null) throw noneShipped(kind, target.model);
  const found = await openHeadFolder(place, kind, target.model, options);
  throwIfCancelled(options.signal);
  options.onProgress({ phase: 'load', message: t('Loading the {0} head', kind), done: 0, total: null });
  const tables = new TargetTables(target.weights);
  const parts = new HeadParts(found, tables, target.threads, target.weights.config.context);
  try {
    return { head: await load(found.card, parts), facts: factsOf(found, folder) };
  } catch (error) {
    await parts.dispose();
    throw error;
  }
}

/**
 * The folder of the head that comes with the program for a target; null where there is none.
 *
 * @throws UserError `bad-file`, `disk`
 */
export async function shippedHead(kind: HeadKind, model: HeadTarget): Promise<string | null> {
  const shipped = await shippedHeads();
  return shipped === null ? null : findShippedHead(shipped, kind, model);
}

/** The same of a draft model. */
export async function shippedDraftModel(model: HeadTarget): Promise<string | null> {
  const shipped = await shippedHeads();
  return shipped === null ? null : findShippedDraftModel(shipped, model);
}

function noneShipped(kind: HeadKind, model: HeadTarget): UserError {
  return new UserError(
    'usage',
    t('No {0} head for {1} comes with Draftscope.', kind, model.name),
    t(
      'Train or import one and name its folder in the setting draftscope.head (--head), or choose another drafter.',
    ),
  );
}

/** The nearest one above the program's file, which stands in the package's or a test's bundle. */
async function shippedHeads(): Promise<string | null> {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const shipped = path.join(folder, SHIPPED);
    if ((await stat(shipped).catch(() => null)) !== null) return shipped;
    if (folder === path.dirname(folder)) return null;
  }
}

/**
 * What the trace says of a head.
 *
 * @param named as the user named its folder; undefined for one that comes with the program
 */
export function factsOf(
  { card, files, folder }: Pick<HeadFolder, 'card' | 'files' | 'folder'>,
  named: string | undefined,
): HeadFacts {
  const { imported } = card;
  return {
    kind: card.kind,
    folder: named ?? path.basename(folder),
    target: card.target.name,
    levels: card.levels,
    draftVocabulary: card.draftVocabulary.size,
    licence: card.licence,
    ...(card.training === undefined ? {} : { training: card.training }),
    ...(imported === undefined
      ? {}
      : { imported: { format: imported.format, files: imported.files.map(({ name }) => name) } }),
    ...(card.hitRate === undefined ? {} : { hitRate: card.hitRate }),
    files: [...files],
  };
}
