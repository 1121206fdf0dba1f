/** An interval of draws, `[from, to)`, on which the outcome is the same. */
export interface Piece<T> {
  readonly from: number;
  readonly to: number;
  readonly outcome: T;
}

/** The largest number that a draw can be. */
export const LAST_DRAW = 1 - 2 ** -53;

/**
 * The pieces of a function of one uniform draw that takes each outcome on one interval, as an inverse CDF does.
 * The borders are found by bisection down to neighbouring doubles, so their error is that of the doubles.
 */
export function piecesOf<T>(outcomeOf: (draw: number) => T): Piece<T>[] {
  const borders: { at: number; outcome: T }[] = [{ at: 0, outcome: outcomeOf(0) }];
  const search = (low: number, lowOutcome: T, high: number, highOutcome: T): void => {
    if (lowOutcome === highOutcome) return;
    const middle = low + (high - low) / 2;
    if (middle === low || middle === high) {
      borders.push({ at: high, outcome: highOutcome });
      return;
    }
    const outcome = outcomeOf(middle);
    search(low, lowOutcome, middle, outcome);
    search(middle, outcome, high, highOutcome);
  };
  search(0, borders[0].outcome, LAST_DRAW, outcomeOf(LAST_DRAW));
  return borders.map(({ at, outcome }, i) => ({ from: at, to: borders[i + 1]?.at ?? 1, outcome }));
}

/** Draws from all over a piece. */
export function drawsIn({ from, to }: Piece<unknown>): number[] {
  const inside = [from, from + (to - from) / 3, from + (to - from) / 2, to - (to - from) / 64];
  return inside.filter((draw) => draw >= from && draw < to);
}
