import type { RoundColumns } from '../src/trace/roundColumns';

/** A column of the strip: one round, or several where they do not fit. */
interface Bin {
  readonly rounds: number;
  /** Sums over its rounds: accepted nodes, and the depth of the deepest node that the target saw. */
  readonly accepted: number;
  readonly drafted: number;
}

/** One column of the strip: the means of its rounds. */
export interface StripColumn {
  readonly accepted: number;
  readonly drafted: number;
}

/**
 * The whole run in at most so many columns. Each column holds one round, or twice as many each time that they no
 * longer fit: pairs are joined, so that a round that comes costs one step however long the run is.
 */
export class StripBins {
  /** Rounds a column. */
  perColumn = 1;
  private bins: Bin[] = [];
  private rounds = 0;

  /** Takes in the rounds that are new; all anew when the record is another or more columns fit than before. */
  update(columns: RoundColumns, most: number): void {
    const needed = widthOf(columns.length, most);
    if (columns.length < this.rounds || needed < this.perColumn) {
      this.bins = [];
      this.rounds = 0;
      this.perColumn = needed;
    }
    while (this.perColumn < needed) this.join();
    for (; this.rounds < columns.length; this.rounds++) {
      const { accepted, depth } = columns.column;
      const place = Math.floor(this.rounds / this.perColumn);
      const one = { rounds: 1, accepted: accepted[this.rounds], drafted: depth[this.rounds] };
      this.bins[place] = sum(this.bins.at(place), one);
    }
  }

  get columns(): StripColumn[] {
    return this.bins.map(({ rounds, accepted, drafted }) => ({
      accepted: accepted / rounds,
      drafted: drafted / rounds,
    }));
  }

  private join(): void {
    const joined: Bin[] = [];
    this.bins.forEach((bin, i) => (joined[i >> 1] = sum(joined.at(i >> 1), bin)));
    this.bins = joined;
    this.perColumn *= 2;
  }
}

function widthOf(rounds: number, most: number): number {
  let perColumn = 1;
  while (rounds > most * perColumn) perColumn *= 2;
  return perColumn;
}

function sum(a: Bin | undefined, b: Bin): Bin {
  if (a === undefined) return b;
  return {
    rounds: a.rounds + b.rounds,
    accepted: a.accepted + b.accepted,
    drafted: a.drafted + b.drafted,
  };
}
