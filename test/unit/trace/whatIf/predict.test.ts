import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drafters } from '../../../../src/engine/drafters/catalogue';
import { bestBudget, budgetCurve } from '../../../../src/trace/whatIf/budgetCurve';
import { INDIVISIBLE, Predictor } from '../../../../src/trace/whatIf/predict';
import { describeSetting, PLAIN, recordedLimits, type WhatIf } from '../../../../src/trace/whatIf/setting';
import { CHEAP_ROWS, chainAlong, countingText, plannedRun, type RunPlan } from '../../../support/runs';
import { sampleHeader } from '../../../support/sampleTrace';
import { userError } from '../../../support/userError';

const text = countingText(120);

/** A drafter that is right for some tokens, the same at a place whatever the budget. */
const rightAt = (offset: number) => (offset * 7) % 5;
const plan = (nodes: number, change: Partial<RunPlan> = {}): RunPlan => ({
  text,
  nodes,
  depth: nodes,
  draft: (offset) => chainAlong(text, offset, nodes, rightAt(offset)),
  // A plain step now and then, so that the run tells what one row costs.
  ...change,
});
const withPlainSteps = (nodes: number): RunPlan =>
  plan(nodes, {
    draft: (offset) => (offset % 4 === 0 ? [] : chainAlong(text, offset, nodes, rightAt(offset))),
  });

const fixed = (nodes: number, depth = nodes): WhatIf => ({ ...PLAIN, nodes, depth });

function predictorOf(run: RunPlan): Predictor {
  const { header, rounds } = plannedRun(run);
  return Predictor.of(header, rounds)!;
}

describe('Predictor', () => {
  it('predicts the recorded setting to be what was recorded', () => {
    const { header, rounds } = plannedRun(withPlainSteps(6));
    const predictor = Predictor.of(header, rounds)!;
    assert.ok(Math.abs(predictor.fit - 1) < 1e-9);
    const prediction = predictor.predict(fixed(6));
    assert.equal(prediction.support, 'within');
    assert.deepEqual(prediction.rounds, { recorded: rounds.length, continued: 0, unknown: 0 });
    assert.ok(Math.abs(prediction.ratio - 1) < 1e-9);
    assert.ok(Math.abs(prediction.acceptanceLength - text.length / rounds.length) < 1e-9);
  });

  it('predicts plain decoding exactly: one token a round at the cost of one row', () => {
    const prediction = predictorOf(withPlainSteps(6)).predict(PLAIN);
    assert.equal(prediction.acceptanceLength, 1);
    assert.equal(prediction.support, 'within');
    assert.ok(Math.abs(1e6 / prediction.tokensPerSecond - (CHEAP_ROWS(1) + 100)) < 1e-6);
  });

  it('knows the tokens of every cut draft whose rounds start where recorded ones do', () => {
    // Never more than one token right: no smaller chain moves the start of a round.
    const draft = (offset: number) => (offset % 3 === 0 ? [] : chainAlong(text, offset, 6, offset % 2));
    const recorded = plan(6, { draft });
    for (const nodes of [1, 2, 4]) {
      const real = plannedRun({ ...recorded, draft: (offset) => draft(offset).slice(0, nodes), nodes });
      const total = real.rounds.reduce((sum, { t_us }) => sum + t_us.total, 0);
      const prediction = predictorOf(recorded).predict(fixed(nodes));
      assert.equal(prediction.support, 'within');
      assert.equal(prediction.acceptanceLength, text.length / real.rounds.length);
      assert.ok(Math.abs(prediction.tokensPerSecond / ((text.length * 1e6) / total) - 1) < 1e-6, `${nodes}`);
    }
  });

  it('says how many rounds it had to guess, and in which way', () => {
    const prediction = predictorOf(withPlainSteps(6)).predict(fixed(2));
    assert.ok(prediction.rounds.continued > 0);
    assert.ok(prediction.notes.some((note) => note.includes('inside a recorded draft')));
  });

  it('extrapolates beyond the budget only where that cut the draft', () => {
    const cut = predictorOf(
      plan(4, { draft: (offset) => (offset % 4 === 0 ? [] : chainAlong(text, offset, 4, 4)) }),
    );
    const larger = cut.predict(fixed(8));
    assert.equal(larger.support, 'extrapolated');
    assert.ok(larger.acceptanceLength > cut.predict(fixed(4)).acceptanceLength);
    // The same drafts under a budget that they do not fill.
    const free = predictorOf(
      plan(4, {
        nodes: 8,
        depth: 8,
        draft: (offset) => (offset % 4 === 0 ? [] : chainAlong(text, offset, 4, 4)),
      }),
    );
    assert.equal(free.predict(fixed(16)).acceptanceLength, free.predict(fixed(8)).acceptanceLength);
    assert.equal(free.predict(fixed(16)).support, 'within');
  });

  it('cuts by width, depth and the drafter’s probability', () => {
    const draft = (offset: number) => [
      { parent: -1, token: 900, q: 0.6 },
      { parent: -1, token: text[offset], q: 0.3 },
      { parent: 1, token: 901, q: 0.9 },
    ];
    const predictor = predictorOf(plan(8, { draft: (offset) => (offset % 3 === 0 ? [] : draft(offset)) }));
    const rows = (change: Partial<WhatIf>) => predictor.predict({ ...fixed(8), ...change });
    assert.ok(rows({ depth: 1 }).rowsPerRound < rows({}).rowsPerRound);
    assert.equal(rows({ depth: 1 }).acceptanceLength, rows({}).acceptanceLength);
    for (const change of [{ width: 1 }, { minQ: 0.5 }]) {
      const prediction = rows(change);
      assert.equal(prediction.acceptanceLength, 1);
      assert.ok(prediction.rowsPerRound < rows({}).rowsPerRound);
    }
  });

  it('lets costAware leave out what does not pay', () => {
    const wrong = plan(8, {
      verify: (rows) => 10_000 * rows,
      draft: (offset) => chainAlong(text, offset, offset % 3, 0),
    });
    const prediction = predictorOf(wrong).predict({ ...fixed(8), policy: 'costAware' });
    assert.ok(prediction.rowsPerRound < 1.5);
    assert.ok(prediction.ratio > 1.3);
  });

  it('takes v(T) from the header where it is there, at the run’s own speed', () => {
    const points = [1, 2, 4, 8, 16].map((rows) => ({ rows, past: 64, us: 2 * CHEAP_ROWS(rows) }));
    const cost = { measured: '2026-01-02T03:04:05.678Z', cached: true, points };
    const predictor = predictorOf(plan(4, { header: { cost } }));
    assert.equal(predictor.verify.source, 'measured');
    assert.ok(Math.abs(predictor.verify.estimate(16, 64) - CHEAP_ROWS(16)) < 1e-6);
  });

  it('knows nothing where all forwards are alike', () => {
    const { header, rounds } = plannedRun({ text, draft: () => [] });
    assert.equal(Predictor.of(header, rounds), null);
    assert.equal(Predictor.of(header, []), null);
  });

  it('refuses to take apart what is of use as a whole only', () => {
    const drafter = { ...sampleHeader().drafter, id: 'lookahead', name: 'Lookahead' };
    const predictor = predictorOf({ ...withPlainSteps(6), header: { drafter } });
    assert.throws(
      () => predictor.predict(fixed(2)),
      userError('usage', /^A trace of Lookahead does not tell/),
    );
    assert.equal(predictor.predict(PLAIN).acceptanceLength, 1);
  });

  it('agrees with the engine on which drafters those are', () => {
    const whole = drafters.filter(({ description }) => !description.divisible && description.kind !== 'none');
    assert.deepEqual(
      [...INDIVISIBLE],
      whole.map(({ description }) => description.id),
    );
  });

  it('gives finite numbers for any run and setting', () => {
    const any = fc.record({
      drafts: fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { minLength: 120, maxLength: 120 }),
      nodes: fc.nat(20),
      depth: fc.nat(20),
      width: fc.option(fc.integer({ min: 1, max: 3 })),
      minQ: fc.double({ min: 0, max: 1, noNaN: true }),
      policy: fc.constantFrom('fixed' as const, 'costAware' as const),
    });
    fc.assert(
      fc.property(any, ({ drafts, ...setting }) => {
        const { header, rounds } = plannedRun(
          plan(6, { draft: (at) => chainAlong(text, at, ...drafts[at]) }),
        );
        const prediction = Predictor.of(header, rounds)?.predict(setting);
        if (prediction === undefined) return;
        const { tokensPerSecond, acceptanceLength, rowsPerRound } = prediction;
        for (const value of [tokensPerSecond, acceptanceLength, rowsPerRound])
          assert.ok(value > 0 && value < 1e9);
        assert.ok(rowsPerRound <= 1 + Math.max(6, setting.nodes));
      }),
      { numRuns: 40 },
    );
  });
});

describe('budgetCurve', () => {
  it('has plain decoding first, then sizes up to twice the recorded one, each with its break-even', () => {
    const { header, rounds } = plannedRun(withPlainSteps(6));
    const points = budgetCurve(Predictor.of(header, rounds)!, rounds);
    assert.deepEqual(
      points.map(({ nodes }) => nodes),
      [0, 1, 2, 4, 6, 8],
    );
    assert.equal(points[0].breakEven, 1);
    const best = bestBudget(points);
    for (const { breakEven, prediction } of points) {
      // Faster than plain decoding exactly where a round gives more than it must.
      assert.equal(prediction.ratio > points[0].prediction.ratio, prediction.acceptanceLength > breakEven);
      assert.ok(prediction.ratio <= best.prediction.ratio);
    }
  });
});

describe('recordedLimits and describeSetting', () => {
  it('name the largest budget, and say a setting in words', () => {
    assert.deepEqual(recordedLimits(plannedRun(plan(6)).rounds), { nodes: 6, depth: 6 });
    assert.equal(describeSetting(PLAIN), 'plain decoding');
    assert.equal(describeSetting(fixed(1)), 'at most 1 node');
    assert.equal(
      describeSetting({ policy: 'costAware', nodes: 8, depth: 4, width: 2, minQ: 0.1 }),
      'at most 8 nodes, depth 4, width 2, q of at least 0.1, of which costAware takes what pays',
    );
  });
});
