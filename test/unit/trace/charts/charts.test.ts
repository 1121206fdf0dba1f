import assert from 'node:assert/strict';
import { analyse, type Analysis } from '../../../../src/trace/analysis';
import type { ChartStory, Mark } from '../../../../src/trace/charts/chart';
import { costStory } from '../../../../src/trace/charts/costChart';
import { depthStory } from '../../../../src/trace/charts/depthChart';
import { entropyStory } from '../../../../src/trace/charts/entropyChart';
import { hitsGrid } from '../../../../src/trace/charts/hitsGrid';
import { lengthsStory } from '../../../../src/trace/charts/lengthsChart';
import { stripChart } from '../../../../src/trace/charts/stripChart';
import { verifiedRows } from '../../../../src/trace/roundFacts';
import { finish } from '../../../../src/trace/steps';
import { bestBudget } from '../../../../src/trace/whatIf/budgetCurve';
import { chainAlong, countingText, plannedRun } from '../../../support/runs';

const text = countingText(120);
const run = plannedRun({
  text,
  verify: (rows) => 10_000 + 1000 * (rows - 1),
  draft: (offset) => ((offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, 4, 3)),
});
const forwards = run.rounds.map((round) => ({
  round: round.index,
  rows: verifiedRows(round),
  us: round.t_us.verify,
}));
const { statistics, cost }: Analysis = finish(analyse(run.header, run.rounds, false));

const mark = <K extends Mark['kind']>({ chart }: ChartStory, series: Mark['series'], kind: K) =>
  chart.marks.find((one) => one.series === series && one.kind === kind) as Extract<Mark, { kind: K }>;

/** Every mark lies within the axes, and every row of a table has a cell a column. */
function holds({ chart, tables }: ChartStory): void {
  const within = (value: number, [from, to]: readonly [number, number]) =>
    assert.ok(value >= from - 1e-9 && value <= to + 1e-9, `${value} is not within ${from} and ${to}`);
  for (const one of chart.marks) {
    const points =
      one.kind === 'bars'
        ? one.bars.flatMap(({ from, to, y }) => [
            { x: from, y },
            { x: to, y },
          ])
        : one.kind === 'rule'
          ? [{ x: one.x, y: chart.y.domain[0] }]
          : one.points;
    for (const { x, y } of points) {
      within(x, chart.x.domain);
      within(y, chart.y.domain);
    }
  }
  for (const { at } of chart.x.ticks) within(at, chart.x.domain);
  for (const { at } of chart.y.ticks) within(at, chart.y.domain);
  for (const { columns, rows } of tables) for (const row of rows) assert.equal(row.length, columns.length);
}

describe('the chart of v(T)', () => {
  const story = costStory(cost, forwards, statistics.counts.budget);

  it('has each round at its rows and its time, in forwards of one row', () => {
    holds(story);
    const dots = mark(story, 'forwards', 'dots').points;
    assert.equal(dots.length, run.rounds.length);
    for (const { round, x, y } of dots) {
      assert.ok(Math.abs(x - forwards[round].rows) <= 0.3 + 1e-9);
      assert.ok(Math.abs(y - forwards[round].us / cost!.curve[0]) < 1e-12);
    }
  });

  it('has the curve, the break-even line and the tokens that drafts give, with the best and the present size', () => {
    assert.deepEqual(
      mark(story, 'cost', 'line').points.map(({ y }) => y.toFixed(2)),
      cost!.curve.map((us) => (us / cost!.curve[0]).toFixed(2)),
    );
    assert.deepEqual(
      mark(story, 'breakEven', 'line').points.map(({ x, y }) => [x - 1, y]),
      cost!.budgets.map(({ nodes, breakEven }) => [nodes, breakEven]),
    );
    const best = bestBudget(cost!.budgets);
    assert.equal(mark(story, 'best', 'rule').x, best.nodes + 1);
    assert.equal(mark(story, 'now', 'rule').x, 9);
    assert.match(
      story.summary,
      /^A forward over 9 rows costs 1\.80 of one row\. Predicted best: at most \d+ nodes?,/,
    );
  });

  it('draws no more dots than one can see, from the whole run', () => {
    const many = Array.from({ length: 10_001 }, (_, round) => ({ round, rows: 1 + (round % 9), us: 10_000 }));
    const dots = mark(costStory(cost, many, 8), 'forwards', 'dots').points;
    assert.ok(dots.length > 1000 && dots.length <= 2000);
    assert.ok(dots.at(-1)!.round > 9990);
  });

  it('shows the times alone where the trace does not tell v(T)', () => {
    const bare = costStory(null, forwards, 8);
    holds(bare);
    assert.deepEqual(
      bare.chart.marks.map(({ series }) => series),
      ['forwards'],
    );
    assert.match(bare.summary, /not known/);
    holds(costStory(null, [], 0));
  });

  it('has its numbers in tables: the forwards by rows, and the predictions', () => {
    const [byRows, budgets] = story.tables;
    assert.deepEqual(
      byRows.rows.map(([rows, count]) => [Number(rows), Number(count)]),
      [1, 5].map((rows) => [rows, forwards.filter((one) => one.rows === rows).length]),
    );
    assert.equal(budgets.rows.length, cost!.budgets.length);
  });
});

describe('the chart of acceptance by position', () => {
  it('tells the two rates apart', () => {
    const story = depthStory(statistics);
    holds(story);
    const accepted = statistics.summary.byDepth.map((depth) => depth.accepted);
    const rounds = run.rounds.length;
    assert.deepEqual(
      mark(story, 'accepted', 'bars').bars.map(({ y }) => y),
      accepted.map((count) => count / rounds),
    );
    assert.deepEqual(
      mark(story, 'conditional', 'line').points.map(({ y }) => y),
      accepted.slice(0, 4).map((count, i) => count / (i === 0 ? rounds : accepted[i - 1])),
    );
  });

  it('is empty of a run without a draft', () => {
    const plain = plannedRun({ text, draft: () => [] });
    const story = depthStory(finish(analyse(plain.header, plain.rounds, false)).statistics);
    holds(story);
    assert.equal(story.summary, 'Nothing was drafted.');
  });
});

describe('the histogram of accepted lengths', () => {
  it('has a bar a length, and the mean', () => {
    const story = lengthsStory([3, 1, 0, 4]);
    holds(story);
    assert.deepEqual(
      mark(story, 'accepted', 'bars').bars.map(({ y }) => y),
      [3, 1, 0, 4],
    );
    assert.equal(story.summary, 'A draft gave 1.63 accepted tokens on average; 3 of 8 gave none.');
    assert.match(story.formulas[0], /13 ÷ 8/);
    holds(lengthsStory([]));
  });
});

describe('the chart of entropy against acceptance', () => {
  it('has the hits of each bucket, and how likely the likeliest guess was', () => {
    const story = entropyStory([
      { from: 0, choices: 4, hits: 3, meanTop: 0.99 },
      { from: 0.7, choices: 2, hits: 0, meanTop: 0.4 },
    ]);
    holds(story);
    assert.deepEqual(
      mark(story, 'accepted', 'bars').bars.map(({ y }) => y),
      [0.75, 0],
    );
    assert.deepEqual(
      mark(story, 'possible', 'line').points.map(({ y }) => y),
      [0.99, 0.4],
    );
    assert.deepEqual(
      story.chart.x.ticks.map(({ label }) => label),
      ['0 to 0.7', 'from 0.7'],
    );
    holds(entropyStory([]));
  });
});

describe('the grid of hits', () => {
  it('shares out the places of a depth, what it does not show included', () => {
    const byRank = [10, 4, 0, 0, 0, 0, 0, 0, 0, 2];
    const { ranks, rows } = hitsGrid([{ asked: 20, byRank, offered: [20, 12], pruned: 1 }]);
    assert.equal(ranks, 8);
    const [{ cells, lower, outside }] = rows;
    assert.deepEqual(
      cells.slice(0, 3).map(({ share, offered }) => [share, offered]),
      [
        [0.5, 20],
        [0.2, 12],
        [0, 0],
      ],
    );
    assert.deepEqual([lower, outside], [0.1, 0.2]);
    assert.deepEqual(hitsGrid([]), { ranks: 0, rows: [] });
  });
});

describe('the strip', () => {
  it('joins the rounds of a long run', () => {
    const long = plannedRun({ text: countingText(700), draft: () => [] });
    for (const one of stripChart(long.rounds).marks)
      assert.ok(one.kind === 'bars' && one.bars.length <= 300 && one.bars.length > 200);
  });
});
