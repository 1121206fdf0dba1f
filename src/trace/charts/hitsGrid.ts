import { largest } from '../../decoding/order';
import type { DepthHits } from '../statistics/ranks';

/** Where the target's tokens stood in the drafts, by depth and rank: the shares of the places of each depth. */
export interface HitsGrid {
  /** Ranks that have a column, from 1. */
  readonly ranks: number;
  readonly rows: readonly HitsRow[];
}

export interface HitsRow {
  readonly depth: number;
  /** Places where something was drafted. */
  readonly asked: number;
  readonly cells: readonly HitsCell[];
  /** Of the places, those whose token stood at a lower rank, and those where it was not drafted at all. */
  readonly lower: number;
  readonly outside: number;
  /** Places whose token was drafted and cut by the budget before the target saw it. */
  readonly pruned: number;
}

export interface HitsCell {
  readonly hits: number;
  /** Of the places of the depth. */
  readonly share: number;
  /** Places where a node of this rank was offered: below it lies what the draft had no room for. */
  readonly offered: number;
}

/** Columns at most; what lies further down is added up. */
const MOST_RANKS = 8;

export function hitsGrid(levels: readonly DepthHits[]): HitsGrid {
  const ranks = Math.min(MOST_RANKS, Math.max(0, largest(levels.map(({ byRank }) => byRank.length))));
  return {
    ranks,
    rows: levels.map(({ asked, byRank, offered, pruned }, i) => {
      const inside = byRank.reduce((sum, hits) => sum + hits, 0);
      const cells = Array.from({ length: ranks }, (_, rank) => ({
        hits: byRank[rank] ?? 0,
        share: (byRank[rank] ?? 0) / asked,
        offered: offered[rank] ?? 0,
      }));
      const shown = cells.reduce((sum, { hits }) => sum + hits, 0);
      return {
        depth: i + 1,
        asked,
        cells,
        lower: (inside - shown) / asked,
        outside: (asked - inside) / asked,
        pruned,
      };
    }),
  };
}
