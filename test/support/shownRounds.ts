import type { Round } from '../../src/trace/schema';
import type { ShownRound } from '../../src/trace/shownRound';
import { RecordStore } from '../../webview/store';
import { rounds, snapshot } from './rounds';

/** Rounds as the view has them: told as a trace, sent as a message, taken in by the store. */
export function shownRounds(some: readonly Round[] = rounds): ShownRound[] {
  const store = new RecordStore();
  // A round that stands alone in a test need not be the first of its run.
  const renumbered = some.map((round, index) => ({ ...round, index }));
  store.apply(snapshot({ rounds: renumbered }));
  return some.map(({ index }, i) => ({ ...store.round(i)!, index }));
}

/** What the keyboard walks over. */
export function walkable(some: readonly ShownRound[], shown: (round: ShownRound, node: number) => boolean) {
  return { count: some.length, head: (i: number) => some[i], round: (i: number) => some[i], shown };
}
