/** Of one depth, older rounds weighing less. */
interface Account {
  /** Sum of the values. */
  value: number;
  weight: number;
}

/**
 * What asking a drafter brings beyond the time of verifying it, in tokens, by how deep it may draft: a mean over the
 * rounds in which it was asked. Every round makes older ones weigh less, also one without a draft, so that after a
 * long silence a single try tells whether drafting pays by now.
 */
export class DraftWorth {
  /** By depth; those of greater depths than were allowed so far are missing. */
  private readonly accounts = new Map<number, Account>();

  /**
   * @param before what earlier generations taught, to begin with and to teach in turn; null for nothing
   * @param decay how much of its weight a round keeps with every later one
   */
  constructor(
    private readonly before: DraftWorth | null,
    private readonly decay: number,
  ) {}

  /** Tokens that drafts down to `depth`, from 1, are worth; null where none was made yet. */
  of(depth: number): number | null {
    const account = this.accounts.get(depth);
    return account === undefined ? (this.before?.of(depth) ?? null) : account.value / account.weight;
  }

  /** @param values by depth, from 1 to that which was allowed: what the part of the offer down to it is worth */
  observe(values: readonly number[]): void {
    for (const account of this.accounts.values()) {
      account.value *= this.decay;
      account.weight *= this.decay;
    }
    values.forEach((value, i) => {
      const account = this.accounts.get(i + 1) ?? this.prior(i + 1);
      account.value += value;
      account.weight++;
      this.accounts.set(i + 1, account);
    });
    this.before?.observe(values);
  }

  private prior(depth: number): Account {
    const value = this.before?.of(depth) ?? null;
    return value === null ? { value: 0, weight: 0 } : { value, weight: 1 };
  }
}
