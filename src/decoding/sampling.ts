import type { Scored } from './walk';

/** The sampler's settings, under their usual names. */
export interface SamplerSettings {
  /** 0 is greedy decoding. */
  readonly temperature: number;
  /** Keep the k most probable tokens; 0 keeps all. */
  readonly topK: number;
  /** Keep the smallest set of tokens whose probability reaches this; 1 keeps all. */
  readonly topP: number;
  /** Drop tokens below this fraction of the most probable one; 0 keeps all. */
  readonly minP: number;
  /** Divide positive and multiply negative logits of tokens already in the text; 1 leaves them. */
  readonly repetitionPenalty: number;
  /** Any 32-bit unsigned integer. */
  readonly seed: number;
}

/** What the target says at one row, as the sampler's law sees it. */
export interface RowLaw {
  /** The token the target chooses there. */
  readonly token: number;
  /** The uniform number in [0, 1) that decided, keyed by (seed, position); NaN for greedy decoding. */
  readonly draw: number;
  /** Probability of a token under the processed law (1 or 0 for greedy decoding). */
  probabilityOf(token: number): number;
}

/** Turns the target's scores into choices. Pure: the draw depends only on the seed and the position. */
export interface Sampler {
  readonly settings: SamplerSettings;
  /** Whether `choose` reads `Scored.logits`; otherwise the top candidates are enough and cheaper. */
  readonly needsLogits: boolean;
  /**
   * @param row the row of `scored` whose successor is chosen
   * @param position the successor's position in the text, the key of its draw
   * @param tokens the text before it: what the repetition penalty counts
   */
  choose(scored: Scored, row: number, position: number, tokens: readonly number[]): RowLaw;
}
