/** A stretch `[start, end)` of a text, in UTF-16 units. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The index of the first of some stretches, in order and disjoint, that ends after a place; their number if none does. */
export function firstEndingAfter(stretches: readonly Stretch[], offset: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle].end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The stretch that holds a place, null where none does. */
export function stretchAt<T extends Stretch>(stretches: readonly T[], offset: number): T | null {
  const stretch = stretches.at(firstEndingAfter(stretches, offset));
  return stretch !== undefined && stretch.start <= offset ? stretch : null;
}

/** The stretches that have a part in `[start, end)`. */
export function stretchesWithin<T extends Stretch>(
  stretches: readonly T[],
  start: number,
  end: number,
): readonly T[] {
  const first = firstEndingAfter(stretches, start);
  let last = first;
  while (last < stretches.length && stretches[last].start < end) last += 1;
  return stretches.slice(first, last);
}
