/** Part of the chain of guesses that a further node is taken to lengthen, before anything was seen. */
const PRIOR_STEP = 0.3;
/** Rounds that the prior counts for, and that what earlier generations taught does. */
const PRIOR_WEIGHT = 2;
const EXPERIENCE_WEIGHT = 40;

interface Account {
  accepted: number;
  rounds: number;
}

/**
 * What drafts of each size brought, for a drafter whose drafts are verified whole or not at all: accepted tokens a
 * round by the size that was allowed, older rounds weighing less. The sizes are the powers of two up to the limit,
 * and the limit.
 */
export class SizeYields {
  readonly sizes: readonly number[];
  private readonly accounts = new Map<number, Account>();

  /**
   * @param limit most nodes, at least 1
   * @param before what earlier generations taught, to begin with and to teach in turn; null for nothing
   * @param decay how much of its weight a round keeps with every later one of its size
   */
  constructor(
    limit: number,
    private readonly before: SizeYields | null,
    private readonly decay: number,
  ) {
    const sizes = [limit];
    for (let size = 1; size < limit; size *= 2) sizes.push(size);
    this.sizes = sizes.sort((a, b) => a - b);
  }

  /** Accepted tokens that a round with a draft of this size can be expected to bring. */
  expectedAccepted(size: number): number {
    const { accepted, rounds } = this.account(size);
    return accepted / rounds;
  }

  observe(size: number, accepted: number): void {
    const account = this.account(size);
    account.accepted = this.decay * account.accepted + accepted;
    account.rounds = this.decay * account.rounds + 1;
    this.accounts.set(size, account);
    this.before?.observe(size, accepted);
  }

  private account(size: number): Account {
    const known = this.accounts.get(size);
    if (known !== undefined) return known;
    if (this.before !== null) {
      const { accepted, rounds } = this.before.account(size);
      const weight = Math.min(1, EXPERIENCE_WEIGHT / rounds);
      return { accepted: weight * accepted, rounds: weight * rounds };
    }
    return { accepted: PRIOR_WEIGHT * (1 - (1 - PRIOR_STEP) ** size), rounds: PRIOR_WEIGHT };
  }
}
