/** One measured forward: `rows` new tokens after `past` cached ones. */
export interface CostPoint {
  readonly rows: number;
  readonly past: number;
  readonly us: number;
}

/** How much a new observation moves what was believed. */
const DRIFT_WEIGHT = 0.1;
const CELL_WEIGHT = 0.2;

/** An observation beyond this factor of the estimate is the machine hiccuping, and counts as this much. */
const OUTLIER_FACTOR = 3;

/**
 * What a forward costs on this machine, v(T) in microseconds: measured once at some numbers of rows and past
 * lengths, linear between them, and kept current from real rounds. A round moves two factors: that of its own
 * number of rows, and, slower machine or faster, that of all.
 */
export class CostModel {
  private readonly rows: readonly number[];
  private readonly pasts: readonly number[];
  /** `[past][rows]`, microseconds. */
  private readonly grid: readonly (readonly number[])[];
  private drift = 1;
  private readonly factors: number[];

  /** @param points a full grid: every number of rows at every past length, at least one of each */
  constructor(points: readonly CostPoint[]) {
    this.rows = distinct(points.map((point) => point.rows));
    this.pasts = distinct(points.map((point) => point.past));
    this.grid = this.pasts.map((past) =>
      // A measurement that says more rows cost less is noise; the curve never falls.
      rising(
        this.rows.map((rows) => {
          const found = points.find((point) => point.past === past && point.rows === rows);
          if (found === undefined) throw new Error(`no measurement of ${rows} rows after ${past}`);
          return found.us;
        }),
      ),
    );
    this.factors = this.rows.map(() => 1);
  }

  /** Microseconds that a forward over `rows` tokens after `past` cached ones is expected to take. */
  estimate(rows: number, past: number): number {
    return this.measured(rows, past) * this.drift * interpolate(this.rows, this.factors, rows, 'flat');
  }

  /** Takes in what a round's forward took. */
  observe({ rows, past, us }: CostPoint): void {
    const ratio = us / this.estimate(rows, past);
    const sane = Math.min(OUTLIER_FACTOR, Math.max(1 / OUTLIER_FACTOR, ratio));
    this.drift *= sane ** DRIFT_WEIGHT;
    this.factors[nearest(this.rows, rows)] *= sane ** CELL_WEIGHT;
  }

  private measured(rows: number, past: number): number {
    const atPasts = this.grid.map((line) => interpolate(this.rows, line, rows, 'line'));
    return interpolate(this.pasts, atPasts, past, 'line');
  }
}

/** The value at `x` of the broken line through `(xs, ys)`; beyond its ends, flat or along the last piece. */
function interpolate(
  xs: readonly number[],
  ys: readonly number[],
  x: number,
  beyond: 'flat' | 'line',
): number {
  if (xs.length === 1 || (beyond === 'flat' && x <= xs[0])) return ys[0];
  const last = xs.length - 1;
  if (beyond === 'flat' && x >= xs[last]) return ys[last];
  let right = 1;
  while (right < last && xs[right] < x) right++;
  const share = (x - xs[right - 1]) / (xs[right] - xs[right - 1]);
  // Below the first measurement a steep first piece could lead below nothing.
  return Math.max(ys[right - 1] + share * (ys[right] - ys[right - 1]), ys[0] / 2);
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function rising(values: readonly number[]): number[] {
  let floor = 0;
  return values.map((value) => (floor = Math.max(floor, value)));
}

function nearest(xs: readonly number[], x: number): number {
  let best = 0;
  for (let i = 1; i < xs.length; i++) if (Math.abs(xs[i] - x) < Math.abs(xs[best] - x)) best = i;
  return best;
}
