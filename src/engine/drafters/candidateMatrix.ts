import type { MemoryKind } from './memory';
import { RankRates } from './rankRates';
import { NONE } from './tokenTrie';

/** Candidates kept for each token. */
export const CANDIDATES = 8;

/** How often the target chooses each rank, as it is taken for before any choice was seen. */
const PRIOR_RATES: readonly number[] = [0.4, 0.12, 0.06, 0.04, 0.03, 0.02, 0.02, 0.01];
/** Depths that have rates of their own; the last one stands for all deeper ones. */
const DEPTHS = 4;

/**
 * What the target thought most probable after each token when it last saw it, in whatever context: token
 * recycling's adjacency matrix. And how often such a candidate, by its depth in the draft and its rank, is what the
 * target then chooses.
 *
 * Memory: `4 * CANDIDATES` bytes for each token of the vocabulary.
 */
export class CandidateMatrix {
  /** `[vocabulary * CANDIDATES]` by falling probability, `NONE` where there are fewer. */
  private readonly candidates: Int32Array;
  /** `[DEPTHS]` */
  private readonly hits = Array.from({ length: DEPTHS }, () => new RankRates(PRIOR_RATES));

  constructor(vocabulary: number) {
    this.candidates = new Int32Array(vocabulary * CANDIDATES).fill(NONE);
  }

  /** The candidates after a token, the most probable first; none for a token that was never seen. */
  after(token: number): Int32Array {
    const row = this.candidates.subarray(token * CANDIDATES, (token + 1) * CANDIDATES);
    const known = row.indexOf(NONE);
    return known < 0 ? row : row.subarray(0, known);
  }

  /** Replaces a token's candidates by these, by falling probability; more than there is room for are left out. */
  replace(token: number, candidates: Int32Array): void {
    const row = this.candidates.subarray(token * CANDIDATES, (token + 1) * CANDIDATES);
    row.fill(NONE).set(candidates.subarray(0, CANDIDATES));
  }

  /** `[depth][rank]` part of the target's choices, at depths from 1 on, that the candidate of a rank foresaw. */
  get rates(): number[][] {
    return this.hits.map((hits) => PRIOR_RATES.map((_, rank) => hits.rate(rank)));
  }

  /**
   * Counts what the target chose after a token; ask before the token's candidates are replaced.
   *
   * @param depth of the choice in its round, from 1
   */
  observe(token: number, chosen: number, depth: number): void {
    const candidates = this.after(token);
    if (candidates.length === 0) return;
    this.hits[Math.min(depth, DEPTHS) - 1].observe(candidates.indexOf(chosen));
  }
}

/** One for all token recycling of an engine: what a generation learned, the next begins with. */
export const candidateMatrix: MemoryKind<CandidateMatrix> = {
  create: (vocabulary) => new CandidateMatrix(vocabulary),
};
