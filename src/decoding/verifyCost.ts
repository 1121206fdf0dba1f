import { CostModel, type CostPoint } from './costModel';
import { isotonic } from './isotonic';
import { largest, median } from './order';
import { risingLine } from './risingLine';

/** What a forward of one run costs, v(T), as one can tell afterwards. */
export interface VerifyCost {
  /** `measured`: a benchmark's curve, brought to this run's own speed. `rounds`: from this run's forwards alone. */
  readonly source: 'measured' | 'rounds';
  /** The fewest and the most rows that were measured; beyond them the curve goes on along a straight line. */
  readonly rows: readonly [number, number];
  /** Microseconds of a forward over `rows` tokens after `past` cached ones. */
  estimate(rows: number, past: number): number;
}

/**
 * A measured curve, times what the run's own forwards took of it (median): a run may be slower than the
 * benchmark was, all along.
 *
 * @param points a full grid, as `CostModel` needs it
 * @param forwards what the run observed
 */
export function scaledCurve(points: readonly CostPoint[], forwards: readonly CostPoint[]): VerifyCost {
  const model = new CostModel(points);
  const ratios = forwards.map(({ rows, past, us }) => us / model.estimate(rows, past));
  const scale = ratios.length === 0 ? 1 : median(ratios);
  const counts = points.map(({ rows }) => rows);
  return {
    source: 'measured',
    rows: [-largest(counts.map((rows) => -rows)), largest(counts)],
    estimate: (rows, past) => model.estimate(rows, past) * scale,
  };
}

/** Whether points are what a measurement writes: every number of rows at every past length, and times above 0. */
export function isFullGrid(points: readonly CostPoint[]): boolean {
  const rows = new Set(points.map((point) => point.rows));
  const pasts = new Set(points.map((point) => point.past));
  const cells = new Set(points.map((point) => `${point.rows} ${point.past}`));
  const positive = points.every((point) => point.us > 0 && Number.isFinite(point.us));
  return points.length > 0 && positive && cells.size === rows.size * pasts.size;
}

/**
 * A curve from a run's forwards: the median of each number of rows, made to rise (pool adjacent violators,
 * weighted by the number of forwards). The context's length is left out of account.
 *
 * @returns null where all forwards have one number of rows, from which no other can be told
 */
export function curveOfForwards(forwards: readonly CostPoint[]): VerifyCost | null {
  const groups = groupByRows(forwards);
  if (groups.length < 2) return null;
  const counts = groups.map(({ rows }) => rows);
  const level = isotonic(
    groups.map(({ times }) => median(times)),
    groups.map(({ times }) => times.length),
  );
  const { slope } = risingLine(
    groups.flatMap(({ rows, times }, i) => times.map(() => ({ x: rows, y: level[i] }))),
  );
  const last = counts.length - 1;
  return {
    source: 'rounds',
    rows: [counts[0], counts[last]],
    estimate(rows) {
      if (rows <= counts[0]) return Math.max(level[0] - slope * (counts[0] - rows), level[0] / 2);
      if (rows >= counts[last]) return level[last] + slope * (rows - counts[last]);
      const right = counts.findIndex((count) => count >= rows);
      const share = (rows - counts[right - 1]) / (counts[right] - counts[right - 1]);
      return level[right - 1] + share * (level[right] - level[right - 1]);
    },
  };
}

interface RowGroup {
  readonly rows: number;
  readonly times: number[];
}

/** The forwards' times by their number of rows, rising. */
function groupByRows(forwards: readonly CostPoint[]): RowGroup[] {
  const groups = new Map<number, RowGroup>();
  for (const { rows, us } of forwards) {
    const group = groups.get(rows);
    if (group === undefined) groups.set(rows, { rows, times: [us] });
    else group.times.push(us);
  }
  return [...groups.values()].sort((a, b) => a.rows - b.rows);
}
