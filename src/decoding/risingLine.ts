/** `y = start + slope * x`. */
export interface Line {
  readonly start: number;
  readonly slope: number;
}

/**
 * The least-squares line through points, which never falls: more work does not cost less, so a falling one is
 * noise and becomes level. Level too where all points stand at one x; 0 without a point.
 */
export function risingLine(points: readonly { readonly x: number; readonly y: number }[]): Line {
  if (points.length === 0) return { start: 0, slope: 0 };
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  let covariance = 0;
  let variance = 0;
  for (const { x, y } of points) {
    covariance += (x - meanX) * (y - meanY);
    variance += (x - meanX) ** 2;
  }
  const slope = variance > 0 ? Math.max(0, covariance / variance) : 0;
  return { start: meanY - slope * meanX, slope };
}

/** The line's value at `x`, never below 0. */
export function atLine({ start, slope }: Line, x: number): number {
  return Math.max(0, start + slope * x);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
