import { MOST_ROWS } from '../trace/extent';
import { verifiedRows } from '../trace/roundFacts';
import type { RoundSource } from '../trace/roundSource';
import type { Round } from '../trace/schema';
import type { Pacer } from './pacer';

/** Rounds that are read at a time: a few milliseconds of parsing. */
const PIECE = 32;

/** Rounds `[first, last)`, as far as `most` rows of forwards go. */
export interface RoundsWanted {
  readonly first: number;
  readonly last: number;
  readonly most?: number;
}

/**
 * Reads rounds piece by piece, or their beginning where they are too many to hold.
 *
 * @returns null when `wanted` said before the end that nobody waits for them any more
 * @throws UserError when they can no longer be read
 */
export async function readRounds(
  source: RoundSource,
  { first, last, most = MOST_ROWS }: RoundsWanted,
  pacer: Pacer,
  wanted: () => boolean,
): Promise<Round[] | null> {
  const rounds: Round[] = [];
  let rows = 0;
  while (first + rounds.length < last && rows < most) {
    const at = first + rounds.length;
    const piece = await source.read(at, Math.min(at + PIECE, last));
    if (piece.length === 0) break;
    for (const round of piece) {
      rounds.push(round);
      rows += verifiedRows(round);
    }
    await pacer.pause();
    if (!wanted()) return null;
  }
  return rounds;
}
