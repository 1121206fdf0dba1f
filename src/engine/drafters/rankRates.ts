/** Choices that the prior counts for. */
const PRIOR_WEIGHT = 16;
/** How much of its weight a choice keeps with every later one: the rates follow the last hundred or so. */
const DECAY = 0.99;

/** How often the candidate of each rank, from 0, is the one that the target chooses: measured, recent choices most. */
export class RankRates {
  private readonly hits: number[];
  private readonly choices: number[];

  /** @param prior `[ranks]` the rates to begin with */
  constructor(prior: readonly number[]) {
    this.hits = prior.map((rate) => rate * PRIOR_WEIGHT);
    this.choices = prior.map(() => PRIOR_WEIGHT);
  }

  get ranks(): number {
    return this.hits.length;
  }

  rate(rank: number): number {
    return this.hits[rank] / this.choices[rank];
  }

  /**
   * Counts a choice among the candidates of the first ranks.
   *
   * @param rank -1 where none of them was chosen
   */
  observe(rank: number, offered = this.ranks): void {
    for (let i = 0; i < offered; i++) {
      this.hits[i] = DECAY * this.hits[i] + (i === rank ? 1 : 0);
      this.choices[i] = DECAY * this.choices[i] + 1;
    }
  }
}
