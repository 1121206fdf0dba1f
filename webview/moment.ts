import type { RoundColumns } from '../src/trace/roundColumns';

/** A moment of the record: how much had happened then. */
export interface Moment {
  /** Rounds that had ended. */
  readonly rounds: number;
  /** Whether the draft of the round after them was there, and waited for its verdict. */
  readonly drafted: boolean;
}

/** The moment at a place of the recorded clock, in microseconds. */
export function momentAt(columns: RoundColumns, us: number): Moment {
  let low = 0;
  let high = columns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(columns, middle) <= us) low = middle + 1;
    else high = middle;
  }
  return { rounds: low, drafted: low < columns.length && us >= verifyOf(columns, low) };
}

/** Where the recorded clock stands at a moment, in microseconds; 0 before the first round of an empty record. */
export function timeOf(columns: RoundColumns, { rounds, drafted }: Moment): number {
  if (columns.length === 0) return 0;
  if (drafted) return verifyOf(columns, rounds);
  return rounds === 0 ? columns.column.start_us[0] : endOf(columns, rounds - 1);
}

/** When a round ended. */
function endOf({ column }: RoundColumns, round: number): number {
  return column.start_us[round] + column.total[round];
}

/** When a round's verify forward began: the phases run one after another and end the round. */
function verifyOf(columns: RoundColumns, round: number): number {
  const { verify, sample, commit } = columns.column;
  return endOf(columns, round) - verify[round] - sample[round] - commit[round];
}
