import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isMissing, readError } from '../fileErrors';
import type { HeadKind } from './card';
import { cardName, isMadeFor, readCard, type HeadTarget } from './headFolder';

/**
 * The folder of the head of one kind that comes with the program for a target, told by the target's hashes; null where
 * there is none.
 *
 * @param shipped a folder of folders, one a target
 * @throws UserError `bad-file` or `disk` for a card that cannot be read
 */
export async function findShippedHead(
  shipped: string,
  kind: HeadKind,
  target: HeadTarget,
): Promise<string | null> {
  for (const folder of await names(shipped)) {
    const place = path.join(shipped, folder);
    if (!(await names(place)).includes(cardName(kind))) continue;
    const { card } = await readCard(path.join(place, cardName(kind)), kind);
    if (isMadeFor(card, target)) return place;
  }
  return null;
}

async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw readError(error, folder);
  });
}
