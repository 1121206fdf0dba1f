import { tokenNumbers } from './random';

/** A token drawn from a law, and the random number that each token had in the draw. */
export interface Drawn {
  readonly token: number;
  /** In (0, 1); a function of (seed, position, token) alone where the draw is a `race`. */
  numberOf(token: number): number;
}

/**
 * Draws a token with a probability in proportion to its weight.
 *
 * @param weights `[vocabulary]`, at least one of them positive
 */
export type DrawToken = (weights: Float64Array, seed: number, position: number) => Drawn;

/**
 * The exponential race, also known as the Gumbel-max trick: every token has a random number u of its own, and
 * the one with the least `-ln(u) / weight` wins, which happens in proportion to the weights.
 *
 * It is taken instead of an inverse CDF because plain and speculative decoding compute the same logits in
 * forwards of different sizes, which round differently. Here such an error decides only when two tokens run
 * neck and neck; in a CDF it moves the borders of all tokens, of which a large vocabulary has many.
 */
export const race: DrawToken = (weights, seed, position) => {
  const numbers = tokenNumbers(seed, position);
  let winner = -1;
  let best = 0;
  for (let token = 0; token < weights.length; token++) {
    // -ln(u) is at least 1 - u, so most tokens can be passed over without a logarithm.
    if (weights[token] <= best * numbers.leastComplement(token)) continue;
    const speed = weights[token] / -Math.log(numbers.exact(token));
    if (speed > best) {
      best = speed;
      winner = token;
    }
  }
  if (winner < 0) throw new Error('a law without a token of positive weight');
  return { token: winner, numberOf: (token) => numbers.exact(token) };
};
