import { t } from '../l10n';

/** Rows of forwards that are looked at in all, some hundred megabytes at worst: the beginning of a longer run. */
export const MOST_ROWS = 250_000;

/** How much of a run something is about: its first rounds, where it is too long to be looked at as a whole. */
export interface Extent {
  readonly rounds: number;
  /** Rounds of the run. */
  readonly of: number;
}

/** What is to be said of what is about a part of a run, as a sentence; empty where it is about all of it. */
export function extentSentence({ rounds, of }: Extent): string {
  if (rounds >= of) return '';
  return t(
    'This is about the first {0} of {1} rounds: there are too many to look at all of them.',
    rounds,
    of,
  );
}

/** The same of two runs that are compared, a sentence each. */
export function comparedExtents(extents: Readonly<Record<'a' | 'b', Extent>>): string[] {
  return (['a', 'b'] as const)
    .filter((side) => extents[side].rounds < extents[side].of)
    .map((side) =>
      t(
        'Of {0} only the first {1} of {2} rounds are compared: there are too many to look at all of them.',
        side.toUpperCase(),
        extents[side].rounds,
        extents[side].of,
      ),
    );
}
