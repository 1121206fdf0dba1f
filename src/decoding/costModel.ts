import { isotonic } from './isotonic';

/** A measured forward: `rows` new tokens after `past` cached ones. */
export interface CostPoint {
  readonly rows: number;
  readonly past: number;
  readonly us: number;
}

/**
 * How much a new observation moves what was believed of the machine's speed, and of its own number of rows. Machines
 * that others share change their speed by a half within seconds, and for all forwards alike; that one number of rows
 * was measured wrongly is learned from many rounds.
 */
const DRIFT_WEIGHT = 0.3;
const CELL_WEIGHT = 0.03;
/** How much a number of rows keeps of what was learned of it with every round: what is not seen is not known. */
const CELL_DECAY = 0.995;

/** An observation beyond this factor of the estimate counts as this much: a hiccup of the machine is no news. */
const MOST_NEWS = 1.3;

/**
 * What a forward costs on this machine, v(T) in microseconds: measured once at some numbers of rows and past
 * lengths, linear between them, and kept current from real rounds. A round moves two factors: slower machine or
 * faster, that of all, and a little that of its own number of rows. A curve that falls is noise, so none ever does.
 */
export class CostModel {
  private readonly rows: readonly number[];
  private readonly pasts: readonly number[];
  /** `[past][rows]`, microseconds: as measured, and as believed now. */
  private readonly measured: readonly (readonly number[])[];
  private believed: readonly (readonly number[])[];
  private drift = 1;
  private readonly factors: number[];

  /** @param points a full grid: every number of rows at every past length, at least one of each */
  constructor(readonly points: readonly CostPoint[]) {
    this.rows = distinct(points.map((point) => point.rows));
    this.pasts = distinct(points.map((point) => point.past));
    this.measured = this.pasts.map((past) =>
      this.rows.map((rows) => {
        const found = points.find((point) => point.past === past && point.rows === rows);
        if (found === undefined) throw new Error(`no measurement of ${rows} rows after ${past}`);
        return found.us;
      }),
    );
    this.factors = this.rows.map(() => 1);
    this.believed = this.believe();
  }

  /** Microseconds that a forward over `rows` tokens after `past` cached ones is expected to take. */
  estimate(rows: number, past: number): number {
    const atPasts = this.believed.map((line) => interpolate(this.rows, line, rows));
    return interpolate(this.pasts, atPasts, past);
  }

  /** Takes in what a round's forward took. */
  observe({ rows, past, us }: CostPoint): void {
    const ratio = us / this.estimate(rows, past);
    const news = Math.min(MOST_NEWS, Math.max(1 / MOST_NEWS, ratio));
    this.drift *= news ** DRIFT_WEIGHT;
    for (let i = 0; i < this.factors.length; i++) this.factors[i] **= CELL_DECAY;
    this.factors[nearest(this.rows, rows)] *= news ** CELL_WEIGHT;
    this.believed = this.believe();
  }

  private believe(): number[][] {
    const lines = this.measured.map((line) =>
      isotonic(line.map((us, i) => us * this.drift * this.factors[i])),
    );
    // Nor does a longer past make anything cheaper.
    const columns = this.rows.map((_, i) => isotonic(lines.map((line) => line[i])));
    return lines.map((_, at) => columns.map((column) => column[at]));
  }
}

/** The value at `x` of the broken line through `(xs, ys)`, whose ends go on along the last pieces. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  if (xs.length === 1) return ys[0];
  let right = 1;
  while (right < xs.length - 1 && xs[right] < x) right++;
  const share = (x - xs[right - 1]) / (xs[right] - xs[right - 1]);
  // Below the first measurement a steep first piece could lead below nothing.
  return Math.max(ys[right - 1] + share * (ys[right] - ys[right - 1]), ys[0] / 2);
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function nearest(xs: readonly number[], x: number): number {
  let best = 0;
  for (let i = 1; i < xs.length; i++) if (Math.abs(xs[i] - x) < Math.abs(xs[best] - x)) best = i;
  return best;
}
