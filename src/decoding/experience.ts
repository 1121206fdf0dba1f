import { AcceptanceEstimate } from './acceptanceEstimate';
import { DraftCost } from './draftCost';
import { DraftWorth } from './draftWorth';
import { Patience } from './patience';
import { SizeYields } from './sizeYields';

/** How much of its weight a round keeps with every later one, over generations: the last few hundred count. */
const DECAY = 0.995;
/** The most nodes that a draft may have. */
const MAX_NODES = 64;

/** Rounds before another size is tried, at first and at most. */
const FIRST_WAIT = 8;
const LONGEST_WAIT = 64;

/** What a policy learned of one drafter in earlier generations: numbers of acceptance and time, no text. */
export class Experience {
  readonly acceptance = AcceptanceEstimate.longLived();
  readonly worth = new DraftWorth(null, DECAY);
  readonly yields = new SizeYields(MAX_NODES, null, DECAY);
  readonly drafting = new DraftCost();
  /** When to try another size of draft than the one that served best. */
  readonly trials = new Patience(FIRST_WAIT, LONGEST_WAIT);
}
