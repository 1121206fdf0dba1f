import type { HeadCard } from '../../models/heads/card';
import type { StateOutput } from '../../models/graph/decoder';
import type { TraceHeader } from '../../trace/schema';
import type { DraftNode } from '../draftModel';
import type { HeadParts } from './headParts';

/** What the trace says of a head. */
export type HeadFacts = NonNullable<TraceHeader['drafter']['head']>;

/** A head's most probable tokens after each of `rows` rows. */
export interface Guesses {
  readonly rows: number;
  readonly topK: number;
  /** `[rows * topK]` token ids by falling probability, and their probabilities among the draft vocabulary. */
  readonly topToken: Int32Array;
  readonly topProbability: Float32Array;
}

/**
 * A trained head with what it knows of one text: the tokens, and the target's states of all but the last one, the root.
 * A round guesses level by level: level 0 after the root, the next ones after the nodes of the level before.
 */
export interface Head {
  readonly card: HeadCard;
  /** The target's states that it reads, side by side. */
  readonly reads: readonly StateOutput[];
  /** Levels that it can guess; null where it goes on from its own guesses for as long as one likes. */
  readonly levels: number | null;
  /**
   * Begins a text, whose states are appended from the returned position on: those before it were kept from an
   * earlier text.
   */
  begin(tokens: readonly number[]): number;
  /**
   * States `[n, width]` of the text's next positions.
   *
   * @param emitted the tokens that the text has grown by, if it has
   */
  append(states: Float32Array, emitted?: readonly number[]): void | Promise<void>;
  /**
   * Begins a round. Drops the rows of the round before.
   *
   * @param all whether all levels will most likely be asked for: a head that can guesses them in this run then
   * @returns one row of guesses, after the root; null where there is no state to guess from, as before a text's first round
   */
  first(all?: boolean): Promise<Guesses | null>;
  /**
   * Guesses one level further, in one run of the network at most.
   *
   * @param nodes the level's; their parents are rows of this round's, counted from 0 in their order, -1 the root
   */
  next(nodes: readonly DraftNode[]): Promise<Guesses>;
  dispose(): Promise<void>;
}

/** Makes a head of its ONNX parts. */
export type LoadHead = (card: HeadCard, parts: HeadParts) => Promise<Head>;
