import assert from 'node:assert/strict';
import { GenerationRecord } from '../../../src/host/record';
import type { Trace } from '../../../src/trace/parse';
import { sampleFinished, sampleHeader, sampleRound, sampleSummary } from './samples';

const event = {
  header: () => ({ type: 'header' as const, id: 1, header: sampleHeader() }),
  round: (index: number) => ({ type: 'round' as const, id: 1, round: sampleRound(index), text: '' }),
  drafted: () => ({
    type: 'drafted' as const,
    id: 1,
    drafted: { index: 0, parent: [-1], text: ['d'], depth: [1], q: [null], source: ['suffix:1'] },
  }),
  finished: () => sampleFinished(),
};

function trace(rounds: number, whole: boolean): Trace {
  return {
    header: sampleHeader(),
    rounds: Array.from({ length: rounds }, (_, i) => sampleRound(i)),
    summary: whole ? sampleSummary(rounds) : null,
    truncated: !whole,
    reason: whole ? '' : `the file ends after round ${rounds - 1}`,
  };
}

describe('GenerationRecord', () => {
  it('is empty before the first generation', () => {
    const record = new GenerationRecord();
    assert.deepEqual(record.state.status, { kind: 'empty' });
    assert.equal(record.rates, null);
  });

  it('gathers a generation from its events', () => {
    const record = new GenerationRecord();
    record.begin();
    record.apply(event.header());
    record.apply(event.drafted());
    assert.equal(record.state.drafted?.index, 0);
    record.apply(event.round(0));
    assert.equal(record.state.drafted, null, 'the verdict takes the place of the draft');
    record.apply(event.round(1));
    assert.deepEqual(record.rates, { tokensPerSecond: 20_000, acceptanceLength: 2 });
    record.apply(event.finished());
    const { header, rounds, summary, status } = record.state;
    assert.deepEqual(header, sampleHeader());
    assert.deepEqual(rounds, [sampleRound(0), sampleRound(1)]);
    assert.deepEqual(summary, sampleSummary(1));
    assert.deepEqual(status, { kind: 'finished' });
  });

  it('keeps the rounds when the engine dies', () => {
    const record = new GenerationRecord();
    record.begin();
    record.apply(event.header());
    record.apply(event.round(0));
    record.fail('The engine died.');
    assert.equal(record.state.rounds.length, 1);
    assert.deepEqual(record.state.status, { kind: 'truncated', reason: 'The engine died.' });
  });

  it('has only an error to show when nothing had begun', () => {
    const record = new GenerationRecord();
    record.begin();
    record.fail('No such file.');
    assert.deepEqual(record.state.status, { kind: 'error', message: 'No such file.' });
  });

  it('starts every generation from nothing under a new number', () => {
    const record = new GenerationRecord();
    record.begin();
    record.apply(event.header());
    record.apply(event.round(0));
    const before = record.state;
    record.begin();
    assert.deepEqual(
      { ...record.state },
      {
        generation: before.generation + 1,
        title: '',
        header: null,
        rounds: [],
        drafted: null,
        summary: null,
        status: {
          kind: 'working',
          progress: { phase: 'load', message: 'Waiting for the engine', done: 0, total: null },
        },
      },
    );
    assert.equal(record.rates, null);
    assert.equal(before.rounds.length, 1, 'the old state is untouched');
  });

  it('continues a trace file that grew, and begins anew when it is another', () => {
    const record = new GenerationRecord();
    record.show('a.spectrace.jsonl', trace(1, false));
    assert.deepEqual(record.state.status, { kind: 'truncated', reason: 'The file ends after round 0.' });
    const { generation } = record.state;
    record.show('a.spectrace.jsonl', trace(3, false));
    assert.equal(record.state.generation, generation);
    assert.equal(record.state.rounds.length, 3);
    record.show('a.spectrace.jsonl', trace(3, true));
    assert.equal(record.state.generation, generation);
    assert.deepEqual(record.state.status, { kind: 'finished' });
    record.show('a.spectrace.jsonl', trace(2, true));
    assert.equal(record.state.generation, generation + 1, 'a file that shrank is another file');
    record.show('b.spectrace.jsonl', trace(2, true));
    assert.equal(record.state.generation, generation + 2);
    assert.equal(record.state.rounds.length, 2);
  });

  it('says to its listeners what it became, until they leave', () => {
    const record = new GenerationRecord();
    const kinds: string[] = [];
    const unsubscribe = record.changed.subscribe((state) => kinds.push(state.status.kind));
    record.begin();
    record.refuse('x', 'not a trace');
    record.clear();
    unsubscribe();
    record.begin();
    assert.deepEqual(kinds, ['working', 'error', 'empty']);
  });
});
