import { choicesOf } from '../roundFacts';
import type { Round } from '../schema';
import type { Steps } from '../steps';

/** What a trace tells of the entropy of a law of which it keeps the most probable tokens, in nats. */
export interface EntropyBounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Bounds of the entropy `-sum p ln p`: the mass that is not listed is least surprising in tokens as probable as
 * the last one listed, and most surprising spread evenly over the rest of the vocabulary.
 *
 * @param p falling probabilities, at least one
 */
export function entropyBounds(p: readonly number[], vocabulary: number): EntropyBounds {
  const listed = p.reduce((sum, value) => sum - plogp(value), 0);
  const rest = Math.max(0, 1 - p.reduce((sum, value) => sum + value, 0));
  const others = Math.max(1, vocabulary - p.length);
  const last = p[p.length - 1];
  const most = rest > 0 ? rest * Math.log(others / rest) : 0;
  const least = rest > 0 && last > 0 ? -rest * Math.log(last) : 0;
  return { least: listed + Math.min(least, most), most: listed + Math.max(0, most) };
}

/** Choices of the target where something was drafted, by how sure it was. */
export interface EntropyBucket {
  /** Entropy from here up to the next bucket's, in nats, by the lower bound. */
  readonly from: number;
  readonly choices: number;
  /** Choices whose token was drafted and seen by the target. */
  readonly hits: number;
  /** Mean probability of the target's most probable token: no single guess is right more often in a draw at temperature 1. */
  readonly meanTop: number;
}

/** Borders of the buckets, in nats: 0.1 is a most probable token of about 0.98, ln 2 an even choice of two. */
const BORDERS = [0, 0.1, 0.35, 0.7, 1.4, 2.8];

/** Acceptance against the entropy of the target's own law. Choices without recorded candidates are left out. */
export function* entropyBuckets(rounds: readonly Round[], vocabulary: number): Steps<EntropyBucket[]> {
  const sums = BORDERS.map((from) => ({ from, choices: 0, hits: 0, top: 0 }));
  for (const round of rounds) {
    for (const { offered, token, top } of choicesOf(round)) {
      const seen = offered.filter((node) => round.state[node] !== 'pruned');
      if (seen.length === 0 || top === null || top.p.length === 0) continue;
      const { least } = entropyBounds(top.p, vocabulary);
      const bucket = sums[sums.findLastIndex(({ from }) => from === 0 || least >= from)];
      bucket.choices++;
      bucket.top += top.p[0];
      if (seen.some((node) => round.token[node] === token)) bucket.hits++;
    }
    yield;
  }
  return sums
    .filter(({ choices }) => choices > 0)
    .map(({ from, choices, hits, top }) => ({ from, choices, hits, meanTop: top / choices }));
}

function plogp(p: number): number {
  return p > 0 ? p * Math.log(p) : 0;
}
