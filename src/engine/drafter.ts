import type { Budget } from '../decoding/budget';
import type { DraftTree } from '../decoding/draftTree';
import type { Scored } from '../decoding/scored';
import type { Walk } from '../decoding/walk';
import type { DrafterMemory } from './drafters/memory';

/** What a drafter is and what it needs, read by the catalogue's users: commands, settings, CLI, view. */
export interface DrafterDescription {
  readonly id: string;
  readonly name: string;
  readonly kind: 'none' | 'n-gram' | 'heads' | 'model';
  /** One sentence for a quick pick or a help text. */
  readonly summary: string;
  /** Whether `q` is the law the drafter sampled from (what speculative sampling needs) or only a score. */
  readonly qIsLaw: boolean;
  /** Whether a part of a draft can be verified without the rest. Lookahead's window is of use as a whole only. */
  readonly divisible: boolean;
}

/** The sequence as a drafter sees it. */
export interface SequenceState {
  /** Prompt and output so far; the last one is the root token. */
  readonly tokens: readonly number[];
}

/** Proposes a draft each round and learns what became of it. One file a drafter, one line in the catalogue. */
export interface Drafter {
  readonly description: DrafterDescription;
  /** Starts over on a new sequence: the prompt's tokens. */
  reset(tokens: readonly number[]): void | Promise<void>;
  /** At most `budget.nodes` nodes and `budget.depth` levels; an empty draft means a plain step. */
  propose(state: SequenceState, budget: Budget): DraftTree | Promise<DraftTree>;
  /**
   * Told after each round what was kept.
   *
   * @param draft what the target scored; among several drafters it may be another one's
   */
  commit(walk: Walk, scored: Scored, draft: DraftTree): void | Promise<void>;
  dispose(): void | Promise<void>;
}

/** A line of the catalogue: what a drafter is, and how to make one. */
export interface DrafterEntry {
  readonly description: DrafterDescription;
  /**
   * A new drafter without a sequence; `reset` gives it one.
   *
   * @param memory what the engine's drafters keep between generations
   */
  create(memory: DrafterMemory): Drafter;
}
