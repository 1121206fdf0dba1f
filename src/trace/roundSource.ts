import { pushRound, roundColumns, type RoundColumns } from './roundColumns';
import type { Round } from './schema';

/** The rounds of one record: their columns at hand, and each whole round when it is asked for. */
export interface RoundSource {
  /** Grows only. */
  readonly columns: RoundColumns;
  /** The rounds `[first, last)` if they need not be read from anywhere. */
  held(first: number, last: number): readonly Round[] | null;
  /**
   * The rounds `[first, last)`, or the first of them where they are too large to be read at once: one at least.
   *
   * @throws UserError when they can no longer be read
   */
  read(first: number, last: number): Promise<readonly Round[]>;
}

/** Rounds in memory: a live generation's, which its context length bounds. */
export class RoundList implements RoundSource {
  readonly columns = roundColumns();
  private readonly rounds: Round[] = [];

  push(round: Round): void {
    this.rounds.push(round);
    pushRound(this.columns, round);
  }

  held(first: number, last: number): readonly Round[] {
    return this.rounds.slice(first, last);
  }

  read(first: number, last: number): Promise<readonly Round[]> {
    return Promise.resolve(this.held(first, last));
  }
}
