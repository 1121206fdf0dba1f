import { isotonic } from './isotonic';
import { median } from './order';

/** A measured forward: `rows` new tokens after `past` cached ones. */
export interface CostPoint {
  readonly rows: number;
  readonly past: number;
  readonly us: number;
}

/** Variance of the logarithm of one forward's time about what it costs: what else the machine does. */
const SCATTER = 0.1 ** 2;
/**
 * What a round adds to the variance of the machine's speed, of all forwards alike: machines that others share change it
 * by a half within seconds. And the variance that this comes to where every round is seen.
 */
const DRIFT = 0.001;
const FIRST_DRIFT = 0.0037;
/** Variance with which a number of rows was measured wrongly, and how much of that it has in common with its neighbour. */
const ERROR = 0.06 ** 2;
const ERROR_SHARED = 0.5;
/** How much of what was learned of such an error is left after a round that does not see it: it may have changed. */
const ERROR_KEPT = 0.998;

/**
 * The logarithm of how far from the estimate a forward is a surprise. One alone is a hiccup of the machine and hardly
 * counts; a second one to the same side shows that the machine has become slower, or faster, at once.
 */
const SURPRISE = Math.log(1.25);

/**
 * What a forward costs on this machine, v(T) in microseconds: measured once at some numbers of rows and past lengths,
 * linear between them, and kept current from real rounds. A curve that falls is noise, so none ever does.
 *
 * Measurements are few and scatter, and the differences between them decide what drafting costs. So it is taken that a
 * longer past makes every number of rows dearer by the same time, the median of what it made each. And a round tells of
 * two things at once, how fast the machine is now and how wrongly its own number of rows was measured; which, is
 * weighed by how much of either was to be expected (a Kalman filter on the logarithms of the times).
 */
export class CostModel {
  private readonly rows: readonly number[];
  private readonly pasts: readonly number[];
  /** `[past][rows]`, microseconds: as measured, and as believed now. */
  private readonly measured: readonly (readonly number[])[];
  private believed: readonly (readonly number[])[];
  /** `[1 + rows]` logarithms: of the machine's speed, then of the factors by which the rows were measured wrongly. */
  private readonly state: number[];
  /** `[1 + rows][1 + rows]` covariance of the state. */
  private readonly covariance: number[][];
  /** To which side the last forward was a surprise: 1 slower, -1 faster, 0 neither. */
  private surprise = 0;

  /** @param points a full grid: every number of rows at every past length, at least one of each */
  constructor(readonly points: readonly CostPoint[]) {
    this.rows = distinct(points.map((point) => point.rows));
    this.pasts = distinct(points.map((point) => point.past));
    this.measured = smoothed(
      this.pasts.map((past) =>
        this.rows.map((rows) => {
          const found = points.find((point) => point.past === past && point.rows === rows);
          if (found === undefined) throw new Error(`no measurement of ${rows} rows after ${past}`);
          return found.us;
        }),
      ),
    );
    const size = 1 + this.rows.length;
    this.state = new Array<number>(size).fill(0);
    this.covariance = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) =>
        i > 0 && j > 0 ? errorCovariance(i, j) : i === j ? FIRST_DRIFT : 0,
      ),
    );
    this.believed = this.believe();
  }

  /** Microseconds that a forward over `rows` tokens after `past` cached ones is expected to take. */
  estimate(rows: number, past: number): number {
    const atPasts = this.believed.map((line) => interpolate(this.rows, line, rows));
    return interpolate(this.pasts, atPasts, past);
  }

  /** Takes in what a round's forward took. */
  observe({ rows, past, us }: CostPoint): void {
    const { state, covariance } = this;
    const news = Math.log(us / this.estimate(rows, past));
    this.letTimePass();
    const surprise = Math.abs(news) > SURPRISE ? Math.sign(news) : 0;
    const jumped = surprise !== 0 && surprise === this.surprise;
    if (jumped) covariance[0][0] += news ** 2;
    this.surprise = jumped ? 0 : surprise;
    const seen = [1, ...shares(this.rows, rows)];
    const towards = covariance.map((line) => dot(line, seen));
    const doubt = jumped ? 1 : Math.max(1, Math.abs(news) / SURPRISE);
    const variance = dot(towards, seen) + doubt ** 2 * SCATTER;
    for (let i = 0; i < state.length; i++) {
      state[i] += (towards[i] / variance) * news;
      for (let j = 0; j < state.length; j++) covariance[i][j] -= (towards[i] * towards[j]) / variance;
    }
    this.believed = this.believe();
  }

  /** What is not seen is not known: with every round the speed may change, and errors are forgotten a little. */
  private letTimePass(): void {
    const { state, covariance } = this;
    covariance[0][0] += DRIFT;
    for (let i = 1; i < state.length; i++) {
      state[i] *= ERROR_KEPT;
      covariance[0][i] *= ERROR_KEPT;
      covariance[i][0] *= ERROR_KEPT;
      for (let j = 1; j < state.length; j++) {
        const kept = ERROR_KEPT ** 2;
        covariance[i][j] = kept * covariance[i][j] + (1 - kept) * errorCovariance(i, j);
      }
    }
  }

  private believe(): number[][] {
    const [speed, ...errors] = this.state;
    const lines = this.measured.map((line) =>
      isotonic(line.map((us, i) => us * Math.exp(speed + errors[i]))),
    );
    // Nor does a longer past make anything cheaper.
    const columns = this.rows.map((_, i) => isotonic(lines.map((line) => line[i])));
    return lines.map((_, at) => columns.map((column) => column[at]));
  }
}

/**
 * `[past][rows]` microseconds with every past as much dearer than the first as the median of the numbers of rows says,
 * each number of rows as dear as before on average.
 */
function smoothed(measured: readonly (readonly number[])[]): number[][] {
  const [first] = measured;
  const dearer = measured.map((line) => median(line.map((us, i) => us - first[i])));
  return dearer.map((more) =>
    first.map((_, i) => {
      const mean = measured.reduce((sum, line, at) => sum + line[i] - dearer[at], 0) / measured.length;
      return Math.max(mean + more, Math.min(...measured.map((line) => line[i])));
    }),
  );
}

function errorCovariance(i: number, j: number): number {
  return ERROR * ERROR_SHARED ** Math.abs(i - j);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/** `[xs]` the weight of each point in what is read at `x` between them; beyond the ends the last one has all. */
function shares(xs: readonly number[], x: number): number[] {
  const right = xs.findIndex((value) => value >= x);
  if (right <= 0) return xs.map((_, i) => (i === (right < 0 ? xs.length - 1 : 0) ? 1 : 0));
  const share = (x - xs[right - 1]) / (xs[right] - xs[right - 1]);
  return xs.map((_, i) => (i === right ? share : i === right - 1 ? 1 - share : 0));
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
