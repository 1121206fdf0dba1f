/** When to try again what did not pay: after a few rounds at first, then ever more seldom. */
export class Patience {
  private interval: number;
  private waited = 0;

  constructor(
    private readonly first: number,
    private readonly longest: number,
  ) {
    this.interval = first;
  }

  /** Lets a round pass; true when it is the one to try in. */
  isOver(): boolean {
    this.waited++;
    if (this.waited < this.interval) return false;
    this.waited = 0;
    this.interval = Math.min(this.longest, 2 * this.interval);
    return true;
  }

  /** Begins anew: it did pay. */
  reset(): void {
    this.interval = this.first;
    this.waited = 0;
  }
}
