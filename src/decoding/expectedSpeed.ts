import type { CostModel } from './costModel';

/** How a drafter is expected to do before it ran. */
export interface Expectation {
  /** Part of the rounds in which it offers a draft. */
  readonly offers: number;
  /** Acceptance of every token of the draft, once the one before is accepted. */
  readonly acceptance: number;
  /** Time of its own for each level of a draft, as a part of a plain token's. */
  readonly levelTime: number;
}

/** Longest draft that is considered. */
const LONGEST = 32;
/** The yardstick settles within a few rounds: each is at least as good as the one before. */
const ROUNDS = 8;

/**
 * Tokens a second that a drafter is expected to bring when every draft has the length that pays best by v(T)
 * and by the drafter's own time (Leviathan et al. 2023: a chain of length g yields the sum of a^k for k from 0 to g).
 * Where none pays it is plain decoding's. What pays depends on the speed of the whole, which is why it is found step by
 * step.
 *
 * @param past cached tokens at which to read v(T)
 */
export function expectedSpeed(cost: CostModel, expected: Expectation, past: number): number {
  const { offers, acceptance, levelTime } = expected;
  const plain = cost.estimate(1, past);
  let pace = 1 / plain;
  for (let round = 0; round < ROUNDS; round++) {
    let best = { tokens: 1, us: plain };
    let tokens = 1;
    for (let length = 1; length <= LONGEST; length++) {
      tokens += acceptance ** length;
      const us = cost.estimate(length + 1, past) + length * levelTime * plain;
      if (tokens - pace * us > best.tokens - pace * best.us) best = { tokens, us };
    }
    pace = (offers * best.tokens + 1 - offers) / (offers * best.us + (1 - offers) * plain);
  }
  return pace * 1e6;
}
