import assert from 'node:assert/strict';
import { Forecaster } from '../../../src/host/forecaster';
import { GenerationRecord } from '../../../src/host/record';
import { changesSchema, forecastSchema } from '../../../src/protocol/whatIf';
import { Predictor } from '../../../src/trace/whatIf/predict';
import { changedSetting, recordedLimits } from '../../../src/trace/whatIf/setting';
import { chainAlong, countingText, plannedRun } from '../../support/runs';
import { userError } from '../../support/userError';
import { SlowClock } from './slowClock';

const text = countingText(300);
const run = plannedRun({
  text,
  draft: (offset) => ((offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, 4, 3)),
});

function recorded({ header, rounds } = run): GenerationRecord {
  const record = new GenerationRecord();
  record.begin();
  record.apply({ type: 'header', id: 1, header });
  for (const round of rounds) record.apply({ type: 'round', id: 1, round, text: '' });
  return record;
}

describe('Forecaster', () => {
  it('answers what the replay predicts, in a form that can travel', async () => {
    const forecaster = new Forecaster(recorded(), new SlowClock());
    const predictor = Predictor.of(run.header, run.rounds)!;
    for (const changes of [{}, { nodes: 2 }, { policy: 'costAware', width: 1 }] as const) {
      const answer = await forecaster.answer(changes);
      const setting = changedSetting(recordedLimits(run.rounds), changes);
      assert.deepEqual(answer!.forecast.prediction, predictor.predict(setting));
      assert.deepEqual(forecastSchema.parse(answer!.forecast), answer!.forecast);
      assert.deepEqual(answer!.about, { rounds: run.rounds.length, of: run.rounds.length });
    }
  });

  it('says how much of a long run it looked at', async () => {
    const { forecast, about } = (await new Forecaster(recorded(), new SlowClock(), 100).answer({}))!;
    assert.ok(about.rounds >= 20 && about.rounds < run.rounds.length);
    assert.equal(about.of, run.rounds.length);
    const part = Predictor.of(run.header, run.rounds.slice(0, about.rounds))!;
    assert.deepEqual(forecast.prediction, part.predict(changedSetting(recordedLimits(run.rounds), {})));
  });

  it('lets others have their turn', async () => {
    const clock = new SlowClock();
    await new Forecaster(recorded(), clock).answer({});
    assert.ok(clock.turns > 50, `${clock.turns} turns`);
  });

  it('answers the last question only, and prepares the run once for all', async () => {
    const record = recorded();
    const clock = new SlowClock();
    const forecaster = new Forecaster(record, clock);
    const [first, second] = await Promise.all([forecaster.answer({}), forecaster.answer({ nodes: 1 })]);
    assert.equal(first, null);
    assert.equal(second!.forecast.prediction.setting.nodes, 1);
    const before = clock.turns;
    await forecaster.answer({ nodes: 2 });
    assert.ok(clock.turns - before < before / 4, `${clock.turns - before} turns after ${before}`);
  });

  it('answers nobody after it was stopped, and nothing about a record that is gone', async () => {
    const record = recorded();
    const forecaster = new Forecaster(record, new SlowClock());
    const stopped = forecaster.answer({});
    forecaster.stop();
    assert.equal(await stopped, null);
    const late = forecaster.answer({});
    record.begin();
    assert.equal(await late, null);
    assert.equal(await forecaster.answer({}), null, 'a record without a header');
  });

  it('says so where the trace does not tell enough', async () => {
    const alike = plannedRun({ text: text.slice(0, 5), draft: () => [] });
    await assert.rejects(
      new Forecaster(recorded(alike), new SlowClock()).answer({}),
      userError('usage', /^This run does not tell what forwards of other sizes cost/),
    );
  });

  it('is asked about settings within their ranges only', () => {
    for (const bad of [
      { nodes: 65 },
      { nodes: -1 },
      { depth: 1.5 },
      { width: 0 },
      { minQ: 2 },
      { policy: 'x' },
    ]) {
      assert.equal(changesSchema.safeParse(bad).success, false, JSON.stringify(bad));
    }
    assert.equal(changesSchema.safeParse({ nodes: 64, width: null }).success, true);
  });
});
