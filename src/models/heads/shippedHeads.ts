import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isMissing, readError } from '../fileErrors';
import type { Card, HeadKind } from './card';
import { DRAFT_MODEL_CARD, readDraftModelCard } from './draftModelFolder';
import { cardName, isMadeFor, readCard, type CardFile, type HeadTarget } from './headFolder';

/**
 * The folder of the head of one kind that comes with the program for a target, told by the target's hashes; null where
 * there is none.
 *
 * @param shipped a folder of folders, one a target
 * @throws UserError `bad-file` or `disk` for a card that cannot be read
 */
export function findShippedHead(shipped: string, kind: HeadKind, target: HeadTarget): Promise<string | null> {
  return findShipped(shipped, cardName(kind), (file) => readCard(file, kind), target);
}

/** The same of a draft model. */
export function findShippedDraftModel(shipped: string, target: HeadTarget): Promise<string | null> {
  return findShipped(shipped, DRAFT_MODEL_CARD, readDraftModelCard, target);
}

async function findShipped(
  shipped: string,
  card: string,
  read: (file: string) => Promise<CardFile<Card>>,
  target: HeadTarget,
): Promise<string | null> {
  for (const folder of await names(shipped)) {
    const place = path.join(shipped, folder);
    if (!(await names(place)).includes(card)) continue;
    if (isMadeFor((await read(path.join(place, card))).card, target)) return place;
  }
  return null;
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw readError(error, folder);
  });
}
