import { drawNumbers } from '../../decoding/random';
import { createSampler, isGreedy, type SamplerSettings } from '../../decoding/sampling';
import type { Guesses } from '../heads/head';
import type { Candidate } from './childChoice';

/**
 * The children of a row of guesses.
 *
 * @param position in the text, of the token that is guessed
 */
export type GuessedChildren = (guesses: Guesses, row: number, position: number) => readonly Candidate[];

/**
 * At temperature 0 by falling probability. Above it in the order in which they come out of the target's own draw, were
 * the head right about its law: the numbers of that draw are known, and wherever both think alike they draw alike. (The
 * draw does not change by it: it is the same whatever was drafted.)
 */
export function guessedChildren(settings: SamplerSettings): GuessedChildren {
  if (isGreedy(settings)) return mostProbable;
  // The penalty's text is not at hand in these few ids.
  const sampler = createSampler({ ...settings, repetitionPenalty: 1 });
  return (guesses, row, position) => {
    const numbers = drawNumbers(settings.seed, position);
    const guessed = mostProbable(guesses, row);
    const law = sampler.law(
      Float32Array.from(guessed, ({ q }) => Math.log(q)),
      [],
    );
    return guessed
      .map(({ token }, i) => ({ token, q: law[i], speed: law[i] / -Math.log(numbers.exact(token)) }))
      .filter(({ q }) => q > 0)
      .sort((a, b) => b.speed - a.speed);
  };
}

const mostProbable = ({ topK, topToken, topProbability }: Guesses, row: number): readonly Candidate[] =>
  Array.from({ length: topK }, (_, rank) => ({
    token: topToken[row * topK + rank],
    // A softmax in fp32 may end just above 1, and a path must not be likelier than its beginning.
    q: Math.min(1, topProbability[row * topK + rank]),
  }));
