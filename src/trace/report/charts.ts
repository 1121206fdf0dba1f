import { largest } from '../../decoding/order';
import type { VerifyCost } from '../../decoding/verifyCost';
import { forwardsOf } from '../costOfTrace';
import { verifiedDepth } from '../roundFacts';
import type { Round } from '../schema';
import type { BudgetPoint } from '../whatIf/budgetCurve';
import { html, type Html } from './html';

/** Drawings of the report, as SVG of fixed size in its own units; colours and shapes come from the style sheet. */

const WIDTH = 640;
const HEIGHT = 220;
const MARGIN = { left: 46, right: 12, top: 12, bottom: 30 };

interface Scale {
  readonly x: (value: number) => string;
  readonly y: (value: number) => string;
}

function scale(mostX: number, mostY: number): Scale {
  const width = WIDTH - MARGIN.left - MARGIN.right;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  return {
    x: (value) => (MARGIN.left + (width * value) / mostX).toFixed(1),
    y: (value) => (HEIGHT - MARGIN.bottom - (height * value) / mostY).toFixed(1),
  };
}

function frame(label: string, content: readonly Html[]): Html {
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${content}</svg>`;
}

function axes({ x, y }: Scale, ticksX: readonly number[], ticksY: readonly number[]): Html[] {
  return [
    html`<path class="axis" d="M${x(0)} ${y(0)}H${WIDTH - MARGIN.right}M${x(0)} ${y(0)}V${MARGIN.top}" />`,
    ...ticksX.map(
      (tick) =>
        html`<text class="tick" x="${x(tick)}" y="${HEIGHT - 12}" text-anchor="middle">${tick}</text>`,
    ),
    ...ticksY.map(
      (tick) =>
        html`<text class="tick" x="${MARGIN.left - 6}" y="${y(tick)}" text-anchor="end" dy="4"
          >${tick}</text
        >`,
    ),
  ];
}

/** Places at which the curve is drawn. */
const CURVE_POINTS = 64;

/** What a forward costs in single tokens, the run's forwards on it, and the tokens a round gives by size of draft. */
export function costChart(
  rounds: readonly Round[],
  verify: VerifyCost,
  budgets: readonly BudgetPoint[],
): Html {
  const past = rounds[rounds.length >> 1].kv.before;
  const single = verify.estimate(1, past);
  const forwards = meanByRows(rounds);
  const mostRows = largest([...forwards.map(({ rows }) => rows), ...budgets.map(({ nodes }) => nodes + 1)]);
  const curve = Array.from({ length: CURVE_POINTS }, (_, i) => {
    const rows = 1 + ((mostRows - 1) * i) / (CURVE_POINTS - 1);
    return [rows, verify.estimate(rows, past) / single] as const;
  });
  const tokens = budgets.map(({ nodes, prediction }) => [nodes + 1, prediction.acceptanceLength] as const);
  const heights = [...curve, ...tokens].map(([, height]) => height);
  const mostY = Math.ceil(largest([1, ...heights, ...forwards.map(({ us }) => us / single)]));
  const at = scale(mostRows, mostY);
  const line = (points: readonly (readonly [number, number])[]) =>
    `M${points.map(([px, py]) => `${at.x(px)} ${at.y(py)}`).join('L')}`;
  const ticks = [1, 2, 4, 8, 16, 32, 64].filter((tick) => tick <= mostRows);
  const most = largest([1, ...forwards.map(({ count }) => count)]);
  return frame('v(T): the cost of a forward over T rows in single tokens, and the tokens a round gives', [
    ...axes(at, ticks, [1, ...(mostY > 1 ? [mostY] : [])]),
    html`<path class="cost" d="${line(curve)}" />`,
    ...(tokens.length < 2 ? [] : [html`<path class="gain" d="${line(tokens)}" />`]),
    ...forwards.map(
      ({ rows: n, us, count }) =>
        html`<circle
          class="forward"
          cx="${at.x(n)}"
          cy="${at.y(us / single)}"
          r="${(2 + 5 * Math.sqrt(count / most)).toFixed(1)}"
          ><title>${count} forwards over ${n} rows</title></circle
        >`,
    ),
  ]);
}

function meanByRows(rounds: readonly Round[]): { rows: number; us: number; count: number }[] {
  const sums = new Map<number, { rows: number; sum: number; count: number }>();
  for (const { rows, us } of forwardsOf(rounds)) {
    const cell = sums.get(rows) ?? { rows, sum: 0, count: 0 };
    sums.set(rows, { rows, sum: cell.sum + us, count: cell.count + 1 });
  }
  return [...sums.values()].map(({ rows, sum, count }) => ({ rows, us: sum / count, count }));
}

/** Drafts by the number of their tokens that were accepted. */
export function lengthsChart(counts: readonly number[]): Html {
  const most = largest([1, ...counts]);
  const at = scale(counts.length, most);
  const width = (WIDTH - MARGIN.left - MARGIN.right) / counts.length;
  return frame('Drafts by accepted tokens', [
    ...axes(at, [], [most]),
    ...counts.map((count, length) => {
      const height = Number(at.y(0)) - Number(at.y(count));
      return html`<rect
          class="accepted"
          x="${(Number(at.x(length)) + width * 0.1).toFixed(1)}"
          y="${at.y(count)}"
          width="${(width * 0.8).toFixed(1)}"
          height="${height.toFixed(1)}"
          ><title>${count} drafts with ${length} accepted</title></rect
        ><text class="tick" x="${at.x(length + 0.5)}" y="${HEIGHT - 12}" text-anchor="middle"
          >${length}</text
        >`;
    }),
  ]);
}

/** Columns of the strip; more rounds than that share one. */
const COLUMNS = 300;

/** The whole run, a column a round or the mean of several: outlined how deep it was drafted, filled what was accepted. */
export function stripChart(rounds: readonly Round[]): Html {
  const size = Math.max(1, Math.ceil(rounds.length / COLUMNS));
  const columns: { accepted: number; drafted: number }[] = [];
  for (let i = 0; i < rounds.length; i += size) {
    const part = rounds.slice(i, i + size);
    const mean = (read: (round: Round) => number) =>
      part.reduce((sum, round) => sum + read(round), 0) / part.length;
    columns.push({ accepted: mean(({ accepted_path: path }) => path.length), drafted: mean(verifiedDepth) });
  }
  const most = columns.reduce((deepest, { drafted }) => Math.max(deepest, drafted), 1);
  const at = scale(columns.length, most);
  const width = ((WIDTH - MARGIN.left - MARGIN.right) / columns.length).toFixed(2);
  const bar = (kind: string, i: number, value: number) =>
    html`<rect
      class="${kind}"
      x="${at.x(i)}"
      y="${at.y(value)}"
      width="${width}"
      height="${(Number(at.y(0)) - Number(at.y(value))).toFixed(1)}"
    />`;
  return frame('Depth drafted and accepted, round by round', [
    ...axes(at, [], [Math.round(most)]),
    ...columns.flatMap(({ accepted, drafted }, i) => [
      bar('drafted', i, drafted),
      bar('accepted', i, accepted),
    ]),
  ]);
}
