import type { DraftTree } from './draftTree';
import type { Sampler } from './sampling';
import type { Scored } from './scored';

/** What became of a node. `pruned`: proposed, but cut by the budget before the target saw it. */
export type NodeState = 'accepted' | 'rejected' | 'notReached' | 'pruned';

/** What the walk needs to know of the sequence besides the draft. */
export interface WalkContext {
  /** All tokens so far, the root token last. The token a round emits first has position `tokens.length`. */
  readonly tokens: readonly number[];
  /** True when the sequence is over after these newly emitted tokens (end token, stop string, limit). */
  ends(emitted: readonly number[]): boolean;
}

/** One target choice made on the way down: at a row, for a position in the text. */
export interface Choice {
  readonly row: number;
  readonly position: number;
  readonly token: number;
  /** The token's number in the draw, in (0, 1); NaN when the choice was not random. */
  readonly draw: number;
  /** Probability of `token` under the law that was drawn from. */
  readonly probability: number;
}

/**
 * How a round ended. `bonus`: every drafted token on the path was accepted and the target added one (also in a
 * round that drafted nothing). `correction`: the target chose a token that its row's children do not carry.
 * `none`: the sequence ended inside the draft, so the target's next choice was not needed.
 */
export interface RoundEnd {
  readonly kind: 'bonus' | 'correction' | 'none';
  /** The token that ended the round, null for `none`. */
  readonly token: number | null;
}

/** The verdict of an acceptance rule over one draft. */
export interface Walk {
  /** Node indices from depth 1 down. */
  readonly acceptedPath: readonly number[];
  /** Tokens this round adds: the accepted path's, then the end token. Never empty. */
  readonly emitted: readonly number[];
  readonly end: RoundEnd;
  /** `[n]` */
  readonly state: readonly NodeState[];
  /** `[n]` probability under the sampler's processed law at the node's parent; NaN where not reached. */
  readonly processedProbability: Float64Array;
  /**
   * `[n]` the random number that each node was judged by: its token's in the target's draw at its parent, or the
   * one of its own trial; NaN where there was none.
   */
  readonly draw: Float64Array;
  /**
   * `[n]` under rules that try nodes by their own: the chance that a node's trial had, which is passed by a draw
   * below it. NaN where nothing was tried, as under the rules that follow the target's own choice.
   */
  readonly chance: Float64Array;
  /** One choice per emitted token, in order. */
  readonly choices: readonly Choice[];
}

/**
 * How a rule needs the tokens of a draft to be chosen. `any`: in whatever way. `drawnChain`, `drawnTree`: each drawn
 * from the drafter's own law, which the draft carries, in a chain or as siblings without replacement. How many
 * are drawn may depend on what was drawn before, but nothing may be left out for what it is.
 */
export type DraftDemand = 'any' | 'drawnChain' | 'drawnTree';

/** Decides which path of a draft is kept. Pure: same inputs, same walk. */
export interface AcceptanceRule {
  readonly id: string;
  /** Whether the output law equals the target's own. A lossy rule is named lossy wherever it is shown. */
  readonly lossless: boolean;
  readonly demand: DraftDemand;
  walk(draft: DraftTree, scored: Scored, sampler: Sampler, context: WalkContext): Walk;
}
