import assert from 'node:assert/strict';
import type { FromView } from '../../../src/protocol/view';
import { finish } from '../../../src/trace/steps';
import { Forecasts, type Forecast } from '../../../src/trace/whatIf/forecast';
import type { Changes } from '../../../src/trace/whatIf/setting';
import { RecordStore } from '../../../webview/store';
import { WhatIfQuestion } from '../../../webview/whatIf';
import { whatIfModel as modelOf } from '../../../webview/whatIfModel';
import { delta, rounds, snapshot } from '../../support/rounds';
import { chainAlong, countingText, plannedRun } from '../../support/runs';

const text = countingText(120);
const run = plannedRun({
  text,
  nodes: 4,
  depth: 4,
  draft: (offset) => (offset % 4 === 0 ? [] : chainAlong(text, offset, 4, (offset * 7) % 5)),
});
const forecasts = finish(Forecasts.make(run.header, run.rounds, 'run'));
const all = { rounds: run.rounds.length, of: run.rounds.length };
const whatIfModel = (answer: Forecast, about = all) => modelOf(answer, about);
const forecast = (changes: Changes = {}): Forecast => finish(forecasts.forecast(changes));

describe('a what-if question', () => {
  const asking = (message = snapshot()) => {
    const store = new RecordStore();
    store.apply(message);
    const posted: FromView[] = [];
    let changes = 0;
    const question = new WhatIfQuestion(
      store,
      (said) => posted.push(said),
      () => changes++,
    );
    return { store, posted, question, changed: () => changes };
  };

  it('is asked once somebody looks, and again only when there are more rounds', () => {
    const { store, posted, question } = asking(snapshot({ rounds: rounds.slice(0, 3) }));
    question.want();
    question.want();
    assert.deepEqual(posted, [{ type: 'predict', generation: 1, changes: {} }]);
    assert.equal(question.waiting, true);
    question.ask({ nodes: 2 });
    store.apply(delta({ rounds: rounds.slice(3), status: { kind: 'finished' } }));
    question.want();
    assert.deepEqual(posted.at(-1), { type: 'predict', generation: 1, changes: { nodes: 2 } });
    assert.equal(posted.length, 3);
  });

  it('waits until the run is over', () => {
    const { store, posted, question } = asking(snapshot({ status: { kind: 'generating' } }));
    question.want();
    assert.equal(question.early, true);
    store.apply(delta({ status: { kind: 'finished' } }));
    question.want();
    assert.equal(posted.length, 1);
  });

  it('takes its answer, or why there is none, and no late one', () => {
    const { question, changed } = asking();
    question.want();
    const before = changed();
    question.take({ type: 'forecast', generation: 0, forecast: forecast(), about: all });
    assert.equal(question.forecast, null);
    question.take({ type: 'forecast', generation: 1, forecast: forecast(), about: all });
    assert.deepEqual([question.waiting, question.forecast !== null], [false, true]);
    assert.deepEqual(question.about, all);
    question.take({ type: 'unforeseen', generation: 1, message: 'It does not tell.' });
    assert.equal(question.fault, 'It does not tell.');
    assert.equal(changed(), before + 2);
    question.reset();
    assert.deepEqual([question.fault, question.forecast], ['', null]);
  });
});

describe('a prediction in the view', () => {
  it('stands beside what was recorded, and is called one', () => {
    const answer = forecast({ nodes: 2 });
    const { verdict, rows } = whatIfModel(answer);
    assert.match(verdict, /^Prediction, not a measurement: at most 2 nodes gives \d/);
    const speed = rows.find(([name]) => name === 'tokens/s')!;
    const total = run.rounds.reduce((sum, { t_us }) => sum + t_us.total, 0);
    assert.equal(speed[1], ((text.length * 1e6) / total).toFixed(1));
    assert.equal(speed[2], answer.prediction.tokensPerSecond.toFixed(1));
  });

  it('says of which part of the run it is', () => {
    const answer = forecast();
    assert.ok(!whatIfModel(answer).verdict.includes('the first'));
    assert.match(
      whatIfModel(answer, { rounds: 30, of: 4000 }).verdict,
      /; within .*\. This is about the first 30 of 4000 rounds: /,
    );
  });

  it('is the recorded run itself where nothing is changed', () => {
    for (const [name, recorded, predicted] of whatIfModel(forecast()).rows) {
      assert.equal(predicted, recorded, name);
    }
  });

  it('shows the speed by the size of drafts, extrapolated ones apart', () => {
    const answer = forecast();
    const { chart, table } = whatIfModel(answer);
    const barsOf = (series: string) =>
      chart!.marks.flatMap((mark) => (mark.series === series && mark.kind === 'bars' ? mark.bars : []));
    const speeds = answer.budgets.map(({ prediction }) => prediction.tokensPerSecond);
    const drawn = [...barsOf('predicted'), ...barsOf('extrapolated')].sort((a, b) => a.from - b.from);
    assert.deepEqual(
      drawn.map(({ y }) => y),
      speeds,
    );
    const guessed = answer.budgets.filter(({ prediction }) => prediction.support === 'extrapolated');
    assert.equal(barsOf('extrapolated').length, guessed.length);
    assert.ok(guessed.length > 0 && guessed.length < speeds.length);
    assert.equal(table.rows.length, speeds.length);
    assert.ok(chart!.y.domain[1] >= Math.max(...speeds));
  });

  it('tells plain decoding alone of drafts that are of use as a whole only', () => {
    const whole = plannedRun({
      text,
      header: { drafter: { id: 'lookahead', name: 'Lookahead', qIsLaw: false } },
      draft: (offset) => (offset % 4 === 0 ? [] : chainAlong(text, offset, 4, 2)),
    });
    const answer = finish(finish(Forecasts.make(whole.header, whole.rounds, 'run')).forecast({}));
    assert.equal(answer.divisible, false);
    assert.equal(whatIfModel(answer).chart, null);
    assert.match(whatIfModel(answer).verdict, /plain decoding/);
  });
});
