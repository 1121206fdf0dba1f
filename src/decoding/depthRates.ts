import type { DraftTree } from './draftTree';

/** Acceptance at any depth before anything was seen there. */
const PRIOR = 0.5;
/** Rounds that the prior counts for. */
const PRIOR_WEIGHT = 4;

interface Account {
  accepted: number;
  reached: number;
}

/**
 * How deep a drafter's drafts are accepted: for each depth the part of the rounds that accepted one level less,
 * older rounds weighing less. It tells what a draft of a depth is worth before it is made.
 */
export class DepthRates {
  private readonly accounts: Account[] = [];

  /**
   * @param before what earlier generations taught, to begin with and to teach in turn; null for nothing
   * @param decay how much of its weight a round keeps with every later one
   */
  constructor(
    private readonly before: DepthRates | null,
    private readonly decay: number,
  ) {}

  /** Expected accepted tokens of a draft down to `depth`. */
  expectedAccepted(depth: number): number {
    let path = 1;
    let sum = 0;
    for (let level = 1; level <= depth; level++) sum += path *= this.rate(level);
    return sum;
  }

  /**
   * Learns from what the target wrote. A draft that ends where it was accepted and might have gone on counts as a
   * miss at the next depth.
   *
   * @param allowed the depth that the drafter was allowed
   * @param emitted the tokens after the root token
   */
  observe(offer: DraftTree, allowed: number, emitted: readonly number[]): void {
    let parent = -1;
    for (let level = 1; level <= Math.min(allowed, emitted.length); level++) {
      const at = parent;
      parent = offer.token.findIndex(
        (token, node) => offer.parent[node] === at && token === emitted[level - 1],
      );
      const account = (this.accounts[level] ??= this.prior(level));
      account.accepted = this.decay * account.accepted + (parent < 0 ? 0 : 1);
      account.reached = this.decay * account.reached + 1;
      if (parent < 0) break;
    }
    this.before?.observe(offer, allowed, emitted);
  }

  private rate(level: number): number {
    const { accepted, reached } = this.accounts[level] ?? this.prior(level);
    return accepted / reached;
  }

  private prior(level: number): Account {
    return { accepted: PRIOR_WEIGHT * (this.before?.rate(level) ?? PRIOR), reached: PRIOR_WEIGHT };
  }
}
