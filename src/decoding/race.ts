import { drawNumbers, type TokenNumbers } from './random';

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
  const numbers = drawNumbers(seed, position);
  const [winner] = raceOrder(weights, numbers, 1);
  if (winner === undefined) throw new Error('a law without a token of positive weight');
  return { token: winner, numberOf: (token) => numbers.exact(token) };
};

/**
 * The first `count` tokens of a race, the winner first: tokens drawn one after another without replacement, each
 * in proportion to the weights of those that are left. Fewer where fewer have any weight.
 */
export function raceOrder(weights: Float64Array, numbers: TokenNumbers, count: number): number[] {
  const tokens: number[] = [];
  const speeds: number[] = [];
  /** What a token must be faster than to be among the first. */
  let least = 0;
  for (let token = 0; token < weights.length; token++) {
    // -ln(u) is at least 1 - u, so most tokens can be passed over without a logarithm.
    if (weights[token] <= least * numbers.leastComplement(token)) continue;
    const speed = weights[token] / -Math.log(numbers.exact(token));
    if (speed <= least) continue;
    let place = tokens.length;
    while (place > 0 && speeds[place - 1] < speed) place--;
    tokens.splice(place, 0, token);
    speeds.splice(place, 0, speed);
    tokens.length = speeds.length = Math.min(count, tokens.length);
    if (tokens.length === count) least = speeds[count - 1];
  }
  return tokens;
}
