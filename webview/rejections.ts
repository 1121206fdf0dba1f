import type { RoundHead } from '../src/trace/shownRound';

/** What the search looks at: no nodes, so that it finds a round far away at once. */
interface Heads {
  readonly count: number;
  head(round: number): RoundHead;
}

/**
 * The nearest round before or after another one whose draft was rejected where the text went on, that is, which
 * ended in a correction; null where there is none.
 */
export function nearestRejection(record: Heads, from: number, step: 1 | -1): number | null {
  for (let round = from + step; round >= 0 && round < record.count; round += step) {
    if (record.head(round).endKind === 'correction') return round;
  }
  return null;
}
