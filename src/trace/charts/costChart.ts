import { bestBudget } from '../whatIf/budgetCurve';
import { decimal, t } from '../../l10n';
import { largest } from '../../decoding/order';
import type { CostCurve } from '../analysis';
import { formatDuration } from '../words';
import { numberAxis } from './axes';
import type { ChartStory, Dot, Mark, Table } from './chart';

/** A round's forward: how many rows it had and, in microseconds, how long it took. */
export interface Forward {
  readonly round: number;
  readonly rows: number;
  readonly us: number;
}

/** Dots that can be told apart at all; of more rounds, every n-th is drawn. */
const MOST_DOTS = 2000;
/** How far a dot stands beside its number of rows at most, so that equal forwards do not hide each other. */
const SPREAD = 0.3;
/** Of a sequence that never repeats and fills every interval evenly. */
const GOLDEN = 0.618034;
/** Rows to name on the axis. */
const NAMED_ROWS = [1, 2, 4, 8, 16, 32, 64, 128];

/**
 * v(T) with the run's forwards on it. Above it stand, in plain steps, what a round with a draft of T - 1 nodes costs
 * (from so many tokens on it is worth it) and the tokens that it is predicted to give.
 *
 * @param cost null where the run does not tell v(T): then times stand for themselves
 * @param nodes the largest draft that the run allowed
 */
export function costStory(cost: CostCurve | null, forwards: readonly Forward[], nodes: number): ChartStory {
  const most = largest([
    2,
    ...forwards.map(({ rows }) => rows + 0.5),
    ...(cost === null ? [] : [cost.curve.length, nodes + 1, ...cost.budgets.map((point) => point.nodes + 1)]),
  ]);
  const x = {
    title: t('Rows T of the forward: the root token and the nodes'),
    domain: [0.5, most] as const,
    ticks: NAMED_ROWS.filter((rows) => rows <= most).map((at) => ({ at, label: `${at}` })),
  };
  if (cost === null) {
    const dots = dotsOf(forwards, 1000);
    return {
      chart: {
        label: t("The time of each round's forward by its number of rows."),
        x,
        y: numberAxis(t('Milliseconds'), highest(dots)),
        marks: [{ series: 'forwards', name: t('a round'), kind: 'dots', points: dots }],
      },
      summary: t(
        'What forwards of other sizes cost is not known: the trace holds no measurement of it, and its own forwards are too much alike.',
      ),
      formulas: [SPREAD_NOTE()],
      tables: [forwardTable(null, forwards)],
    };
  }
  const single = cost.curve[0];
  const dots = dotsOf(forwards, single);
  const curve = cost.curve.map((us, i) => ({ x: i + 1, y: us / single }));
  const tokens = cost.budgets.map((point) => ({ x: point.nodes + 1, y: point.prediction.acceptanceLength }));
  const breakEven = cost.budgets.map((point) => ({ x: point.nodes + 1, y: point.breakEven }));
  const best = bestBudget(cost.budgets);
  const marks: Mark[] = [
    { series: 'forwards', name: t('a round'), kind: 'dots', points: dots },
    { series: 'cost', name: t('v(T), the cost of a forward'), kind: 'line', points: curve },
    ...(breakEven.length < 2
      ? []
      : ([
          {
            series: 'breakEven',
            name: t('break-even: tokens a round must give'),
            kind: 'line',
            points: breakEven,
          },
          { series: 'tokens', name: t('tokens a round gives (predicted)'), kind: 'line', points: tokens },
          { series: 'best', name: t('best: {0}', nodesText(best.nodes)), kind: 'rule', x: best.nodes + 1 },
          { series: 'now', name: t('this run: at most {0}', nodesText(nodes)), kind: 'rule', x: nodes + 1 },
        ] as const)),
  ];
  return {
    chart: {
      label: t(
        'The cost of a forward by its number of rows, v(T), with the forwards of the run, in forwards of one row.',
      ),
      x,
      y: numberAxis(
        t('Forwards of one row; tokens of a round'),
        largest([1, ...[dots, curve, tokens, breakEven].map(highest)]),
      ),
      marks,
    },
    summary: summaryOf(cost, nodes),
    formulas: [
      cost.source === 'measured'
        ? t(
            "v(T) = time of a forward over T rows after {0} cached tokens, measured on that machine and brought to this run's speed; v(1) = {1}.",
            cost.past,
            formatDuration(single),
          )
        : t(
            "v(T) = median time of the run's own forwards over T rows; v(1) = {0}. How it grows with the context is left out of account.",
            formatDuration(single),
          ),
      t(
        'Break-even = time of a round with so many nodes (draft, verify and the rest) ÷ time of a plain step.',
      ),
      t(
        'Tokens a round = tokens ÷ rounds of the same text, replayed with drafts of at most so many nodes: a prediction.',
      ),
      SPREAD_NOTE(),
    ],
    tables: [forwardTable(cost, forwards), budgetTable(cost)],
  };
}

const SPREAD_NOTE = () => t('Dots stand a little beside their T, so that equal ones can be told apart.');

function summaryOf({ budgets, measured, curve }: CostCurve, nodes: number): string {
  const rows = Math.min(curve.length, nodes + 1);
  const price = decimal(curve[rows - 1] / curve[0], 2);
  const best = bestBudget(budgets);
  const costs = t('A forward over {0} rows costs {1} of one row.', rows, price);
  if (budgets.length < 2) return costs;
  const verdict =
    best.nodes === 0
      ? t(
          'Plain decoding is predicted to be the fastest, {0} tokens/s.',
          decimal(best.prediction.tokensPerSecond, 1),
        )
      : t(
          'Predicted best: at most {0}, {1} tokens/s, {2} times this run ({3}).',
          nodesText(best.nodes),
          decimal(best.prediction.tokensPerSecond, 1),
          decimal(best.prediction.ratio, 2),
          supportText(best.prediction.support),
        );
  const beyond = rows > measured[1] ? t('Beyond {0} rows nothing was measured.', measured[1]) : '';
  return [costs, verdict, beyond].filter((sentence) => sentence !== '').join(' ');
}

/** How far a trace bears a prediction out. */
export function supportText(support: 'within' | 'partly' | 'extrapolated'): string {
  switch (support) {
    case 'within':
      return t('within what the trace proves');
    case 'partly':
      return t('partly estimated');
    case 'extrapolated':
      return t('extrapolated');
  }
}

function nodesText(nodes: number): string {
  return nodes === 1 ? t('1 node') : t('{0} nodes', nodes);
}

/** @param unit microseconds of one unit of the y axis */
function dotsOf(forwards: readonly Forward[], unit: number): Dot[] {
  const step = Math.ceil(forwards.length / MOST_DOTS);
  return forwards
    .filter((_, i) => i % step === 0)
    .map(({ round, rows, us }) => ({
      x: rows + SPREAD * (2 * ((round * GOLDEN) % 1) - 1),
      y: us / unit,
      round,
    }));
}

function highest(points: readonly { readonly y: number }[]): number {
  return largest([0, ...points.map(({ y }) => y)]);
}

function forwardTable(cost: CostCurve | null, forwards: readonly Forward[]): Table {
  const groups = new Map<number, { count: number; sum: number }>();
  for (const { rows, us } of forwards) {
    const group = groups.get(rows) ?? { count: 0, sum: 0 };
    groups.set(rows, { count: group.count + 1, sum: group.sum + us });
  }
  return {
    caption: t("The run's forwards by their rows"),
    columns: [t('rows T'), t('rounds'), t('mean time'), t('v(T)'), t('v(T) ÷ v(1)')],
    rows: [...groups]
      .sort(([a], [b]) => a - b)
      .map(([rows, { count, sum }]) => {
        const us = cost?.curve.at(rows - 1);
        return [
          `${rows}`,
          `${count}`,
          formatDuration(sum / count),
          us === undefined ? '–' : formatDuration(us),
          us === undefined || cost === null ? '–' : decimal(us / cost.curve[0], 2),
        ];
      }),
  };
}

function budgetTable({ budgets }: CostCurve): Table {
  return {
    caption: t('Drafts of one size: predictions'),
    columns: [
      t('most nodes'),
      t('tokens a round'),
      t('break-even'),
      t('tokens/s'),
      t('times this run'),
      t('support'),
    ],
    rows: budgets.map(({ nodes, breakEven, prediction }) => [
      `${nodes}`,
      decimal(prediction.acceptanceLength, 2),
      decimal(breakEven, 2),
      decimal(prediction.tokensPerSecond, 1),
      decimal(prediction.ratio, 2),
      supportText(prediction.support),
    ]),
  };
}
