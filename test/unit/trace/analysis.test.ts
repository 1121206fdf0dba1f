import assert from 'node:assert/strict';
import { analysisSchema } from '../../../src/protocol/analysis';
import { analyse } from '../../../src/trace/analysis';
import { findings } from '../../../src/trace/findings/findings';
import { measureTrace } from '../../../src/trace/statistics/statistics';
import { finish } from '../../../src/trace/steps';
import { budgetCurve } from '../../../src/trace/whatIf/budgetCurve';
import { Predictor } from '../../../src/trace/whatIf/predict';
import { chainAlong, countingText, plannedRun } from '../../support/runs';

const text = countingText(120);
const { header, rounds } = plannedRun({
  text,
  draft: (offset) => ((offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, 4, 3)),
});

describe('analyse', () => {
  it('says of a run what its parts say', () => {
    const { statistics, cost, findings: found } = finish(analyse(header, rounds, true));
    const predictor = Predictor.of(header, rounds)!;
    assert.deepEqual(statistics, measureTrace(header, rounds));
    assert.deepEqual(found, findings(header, rounds));
    assert.deepEqual(cost!.budgets, budgetCurve(predictor, rounds));
    assert.deepEqual(
      cost!.curve,
      cost!.curve.map((_, i) => predictor.verify.estimate(i + 1, cost!.past)),
    );
  });

  it('counts any part of a run, and does not say why it is not faster', () => {
    const part = rounds.slice(5, 25);
    const { statistics, cost, findings: found } = finish(analyse(header, part, false));
    assert.equal(found, null);
    assert.equal(
      statistics.summary.tokens,
      part.reduce((sum, { emitted }) => sum + emitted.length, 0),
    );
    assert.ok(cost !== null);
  });

  it('has nothing to say of the cost where all forwards are alike, nor of no rounds', () => {
    const plain = plannedRun({ text, draft: () => [] });
    assert.equal(finish(analyse(plain.header, plain.rounds, true)).cost, null);
    const none = finish(analyse(header, [], true));
    assert.deepEqual([none.cost, none.statistics.summary.rounds], [null, 0]);
    assert.match(none.findings![0].sentence, /holds no round/);
    assert.equal(finish(analyse(header, [], false)).findings, null);
  });

  it('can be left off in every replayed round', () => {
    const work = analyse(header, rounds, true);
    let steps = 0;
    while (work.next().done !== true) steps++;
    // Plain decoding alone replays a round a token.
    assert.ok(steps > text.length, `${steps} steps`);
  });

  it('travels to a view as it is', () => {
    for (const some of [rounds, rounds.slice(0, 3), []]) {
      const analysis = finish(analyse(header, some, true));
      const read = analysisSchema.parse(structuredClone(analysis));
      assert.deepEqual(read.statistics, analysis.statistics);
      assert.deepEqual(read.cost, analysis.cost);
      assert.deepEqual(
        read.findings?.map(({ sentence, evidence, setting }) => ({ sentence, evidence, setting })),
        analysis.findings?.map(({ sentence, evidence, setting }) => ({ sentence, evidence, setting })),
      );
    }
  });
});
