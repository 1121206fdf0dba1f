import assert from 'node:assert/strict';
import type { FromView, ToView } from '../../../src/protocol/view';
import { analyse } from '../../../src/trace/analysis';
import { finish } from '../../../src/trace/steps';
import { Analyses, type Timer } from '../../../webview/analyses';
import { RecordStore } from '../../../webview/store';
import { delta, header, longRun, snapshot } from '../../support/rounds';

const run = longRun(40);
const analysis = finish(analyse(header, run, true));

class TestTimer implements Timer {
  time = 0;
  private later: { at: number; action: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, action: () => void): void {
    this.later.push({ at: this.time + ms, action });
  }

  pass(ms: number): void {
    this.time += ms;
    const due = this.later.filter(({ at }) => at <= this.time);
    this.later = this.later.filter(({ at }) => at > this.time);
    for (const { action } of due) action();
  }
}

describe('Analyses', () => {
  let store: RecordStore;
  let timer: TestTimer;
  let posted: FromView[];
  let changes: number;
  let analyses: Analyses;

  const live = { summary: null, status: { kind: 'generating' } } as const;
  const ranges = () => posted.map((message) => message.type === 'analyse' && message.range);
  const about = () => analyses.shown?.about;
  const answer = (range: Extract<ToView, { type: 'analysis' }>['range'], of = { first: 0, last: 20 }) =>
    analyses.take({ type: 'analysis', generation: store.generation, range, about: of, analysis });

  beforeEach(() => {
    store = new RecordStore();
    store.apply(snapshot({ rounds: run.slice(0, 20), ...live }));
    timer = new TestTimer();
    posted = [];
    changes = 0;
    analyses = new Analyses(
      store,
      (message) => posted.push(message),
      () => changes++,
      timer,
    );
  });

  it('asks when somebody looks, once', () => {
    assert.deepEqual(posted, []);
    analyses.want('whole');
    analyses.want('shown');
    assert.deepEqual(posted, [{ type: 'analyse', generation: 1, range: null }]);
    answer(null);
    assert.deepEqual(analyses.whole?.about, [0, 20]);
    assert.equal(analyses.shown, analyses.whole);
    assert.equal(changes, 1);
    analyses.want('whole');
    assert.equal(posted.length, 1);
  });

  it('asks again of a record that grew, at most once a second', () => {
    analyses.want('whole');
    timer.pass(20);
    answer(null);
    for (let i = 20; i < 40; i++) {
      store.apply(delta({ rounds: [run[i]] }));
      analyses.want('whole');
    }
    assert.equal(posted.length, 1);
    timer.pass(999);
    assert.equal(posted.length, 1);
    timer.pass(1);
    assert.equal(posted.length, 2);
  });

  it('rests ten times as long as an answer took', () => {
    analyses.want('whole');
    timer.pass(300);
    answer(null);
    store.apply(delta({ rounds: [run[20]] }));
    analyses.want('whole');
    timer.pass(2999);
    assert.equal(posted.length, 1);
    timer.pass(1);
    assert.equal(posted.length, 2);
  });

  it('waits until a file is read', () => {
    store.apply(delta({ rounds: [run[20]], status: { kind: 'reading', done: 1, total: 2 } }));
    analyses.want('whole');
    assert.deepEqual(posted, []);
    store.apply({ ...delta({ status: { kind: 'finished' } }), from: 21 });
    analyses.want('whole');
    assert.equal(posted.length, 1);
  });

  it('says which rounds are left out of what the charts show', () => {
    analyses.want('shown');
    answer(null, { first: 0, last: 12 });
    assert.match(analyses.remark, /^The charts are about rounds 0 to 11 of 20: /);
    analyses.range = [4, 16];
    assert.equal(analyses.remark, '', 'nothing is shown yet');
    analyses.want('shown');
    answer({ first: 4, last: 16 }, { first: 4, last: 16 });
    assert.equal(analyses.remark, '');
    analyses.range = [5, 16];
    analyses.want('shown');
    answer({ first: 5, last: 16 }, { first: 5, last: 9 });
    assert.match(analyses.remark, /^The charts are about rounds 5 to 8 of 20: /);
  });

  it('asks of the chosen rounds, and drops an answer about others', () => {
    analyses.want('whole');
    answer(null);
    analyses.range = [2, 8];
    assert.equal(about(), undefined);
    analyses.want('shown');
    assert.deepEqual(ranges(), [null, { first: 2, last: 8 }]);
    analyses.range = [4, 6];
    answer({ first: 2, last: 8 }, { first: 2, last: 8 });
    assert.equal(about(), undefined);
    analyses.want('shown');
    answer({ first: 2, last: 8 }, { first: 2, last: 8 });
    assert.equal(about(), undefined);
    answer({ first: 4, last: 6 }, { first: 4, last: 6 });
    assert.deepEqual(about(), [4, 6]);
    analyses.range = null;
    assert.deepEqual(about(), [0, 20]);
  });

  it('says why there are none, and does not ask over and over', () => {
    analyses.want('whole');
    analyses.take({ type: 'unanalysed', generation: 1, message: 'The file is gone.' });
    assert.equal(analyses.fault, 'The file is gone.');
    analyses.want('whole');
    assert.equal(posted.length, 1);
    analyses.reset();
    analyses.want('whole');
    assert.equal(posted.length, 2);
  });

  it('takes nothing of an older record', () => {
    analyses.want('whole');
    store.apply(snapshot({ generation: 2, ...live }));
    analyses.take({ type: 'analysis', generation: 1, range: null, about: { first: 0, last: 20 }, analysis });
    assert.equal(analyses.whole, null);
  });
});
