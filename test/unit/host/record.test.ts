import assert from 'node:assert/strict';
import { readTraceInto } from '../../../src/host/readTrace';
import { GenerationRecord } from '../../../src/host/record';
import { heldBytes } from '../../../src/trace/byteSource';
import { TraceIndex } from '../../../src/trace/traceIndex';
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

/** A trace file of so many rounds. */
function file(rounds: number, whole: boolean) {
  const lines: unknown[] = [sampleHeader(), ...Array.from({ length: rounds }, (_, i) => sampleRound(i))];
  if (whole) lines.push(sampleSummary(rounds));
  return heldBytes(new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
}

async function indexed(rounds: number, whole: boolean): Promise<TraceIndex> {
  const index = new TraceIndex(file(rounds, whole), 'a.spectrace.jsonl');
  await index.advance();
  return index;
}

describe('GenerationRecord', () => {
  it('says what a large file costs where it is handed out only as a whole', async () => {
    const record = new GenerationRecord();
    for (const held of [0, 20e6]) {
      const index = new TraceIndex({ ...file(1, true), held }, 'a.spectrace.jsonl');
      await index.advance();
      record.show('a.spectrace.jsonl', index);
      assert.match(record.state.note, held === 0 ? /^$/ : /only as a whole: 20 MB of memory/);
    }
  });

  it('says where a trace contradicts itself', async () => {
    const wrong = { ...sampleRound(1), kv: { before: 99, after: 100 } };
    const lines = [sampleHeader(), sampleRound(0), wrong].map((line) => `${JSON.stringify(line)}\n`);
    const index = new TraceIndex(heldBytes(new TextEncoder().encode(lines.join(''))), 'a.spectrace.jsonl');
    await index.advance();
    const record = new GenerationRecord();
    record.show('a.spectrace.jsonl', index);
    assert.match(record.state.note, /^The trace contradicts itself\. In round 1 the cache does not end/);
  });

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
    assert.deepEqual(rounds.held(0, 9), [sampleRound(0), sampleRound(1)]);
    assert.deepEqual(summary, sampleSummary(1));
    assert.deepEqual(status, { kind: 'finished' });
  });

  it('keeps the rounds when the engine dies', () => {
    const record = new GenerationRecord();
    record.begin();
    record.apply(event.header());
    record.apply(event.round(0));
    record.fail('The engine died.');
    assert.equal(record.state.rounds.columns.length, 1);
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
    const { rounds, ...state } = record.state;
    assert.equal(rounds.columns.length, 0);
    assert.deepEqual(state, {
      generation: before.generation + 1,
      title: '',
      trace: null,
      header: null,
      drafted: null,
      summary: null,
      status: {
        kind: 'working',
        progress: { phase: 'load', message: 'Waiting for the engine', done: 0, total: null },
      },
      note: '',
      compared: null,
    });
    assert.equal(record.rates, null);
    assert.equal(before.rounds.columns.length, 1, 'the old state is untouched');
  });

  it('continues a trace that was read on, and begins anew when it is another', async () => {
    const record = new GenerationRecord();
    const index = await indexed(1, false);
    record.show('a.spectrace.jsonl', index);
    assert.deepEqual(record.state.status, { kind: 'truncated', reason: 'The file ends after round 0.' });
    const { generation } = record.state;
    assert.ok(await index.continueWith(file(3, true)));
    await index.advance();
    record.show('a.spectrace.jsonl', index);
    assert.equal(record.state.generation, generation);
    assert.equal(record.state.rounds.columns.length, 3);
    assert.deepEqual(record.state.status, { kind: 'finished' });
    assert.deepEqual(record.state.summary, sampleSummary(3));
    record.show('a.spectrace.jsonl', await indexed(2, true));
    assert.equal(record.state.generation, generation + 1);
    assert.equal(record.state.rounds.columns.length, 2);
  });

  it('shows a trace from its first piece on, and not after every one', async () => {
    const record = new GenerationRecord();
    const kinds: string[] = [];
    record.changed.subscribe(({ status }) => kinds.push(status.kind));
    const lines = [sampleHeader(), sampleRound(0)].map((line) => `${JSON.stringify(line)}\n`).join('');
    const blank = `${' '.repeat(1 << 16)}\n`.repeat(40);
    const index = new TraceIndex(heldBytes(new TextEncoder().encode(lines + blank)), 'a.spectrace.jsonl');
    let now = 0;
    await readTraceInto(record, 'a.spectrace.jsonl', index, undefined, { now: () => (now += 40) });
    assert.equal(kinds[0], 'reading');
    assert.equal(kinds.at(-1), 'truncated');
    assert.ok(kinds.length > 2 && kinds.length < 8, kinds.join());
  });

  it('shows a trace while it is read, and keeps what was read when the reading is stopped', async () => {
    const record = new GenerationRecord();
    const index = await indexed(2, true);
    record.show('a.spectrace.jsonl', index, { done: 10, total: 40 });
    assert.deepEqual(record.state.status, { kind: 'reading', done: 10, total: 40 });
    record.stopShowing('Reading was stopped.');
    assert.deepEqual(record.state.status, { kind: 'truncated', reason: 'Reading was stopped.' });
    assert.equal(record.state.rounds.columns.length, 2);
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
