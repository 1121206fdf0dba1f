import assert from 'node:assert/strict';
import { GenerationRecord } from '../../../src/host/record';
import { ViewFeed } from '../../../src/host/viewFeed';
import { toViewSchema, type ToView } from '../../../src/protocol/view';
import { FakeClock } from './fakeClock';
import { sampleFinished, sampleHeader, sampleRound } from './samples';

describe('ViewFeed', () => {
  let record: GenerationRecord;
  let clock: FakeClock;
  let messages: ToView[];
  let feed: ViewFeed;

  beforeEach(() => {
    record = new GenerationRecord();
    clock = new FakeClock();
    messages = [];
    feed = new ViewFeed(record, 'panel', (message) => messages.push(toViewSchema.parse(message)), clock);
  });

  const addRound = (index: number) =>
    record.apply({ type: 'round', id: 1, round: sampleRound(index), text: '' });
  const types = () => messages.map((message) => message.type);

  it('says nothing to a view that is not ready', () => {
    record.begin();
    clock.advance(1000);
    assert.deepEqual(messages, []);
  });

  it('hydrates a view with everything there is', () => {
    record.begin();
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    addRound(0);
    feed.ready();
    assert.deepEqual(messages, [
      {
        type: 'snapshot',
        generation: 1,
        layout: 'panel',
        title: '',
        header: sampleHeader(),
        rounds: [sampleRound(0)],
        summary: null,
        status: { kind: 'generating' },
      },
    ]);
  });

  it('joins what happens within a frame into one message, and loses no round', () => {
    record.begin();
    feed.ready();
    messages.length = 0;
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    for (let i = 0; i < 100; i++) {
      addRound(i);
      clock.advance(1);
    }
    clock.advance(100);
    assert.ok(messages.length <= 5, `${messages.length} messages in 100 ms`);
    const rounds = messages.flatMap((message) => message.rounds.map((round) => round.index));
    assert.deepEqual(
      rounds,
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it('sends header and summary once, and the draft that waits for its verdict', () => {
    record.begin();
    feed.ready();
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    clock.advance(100);
    record.apply({
      type: 'drafted',
      id: 1,
      drafted: { index: 0, parent: [-1], text: ['d'], depth: [1], q: [0.5], source: ['head:1'] },
    });
    clock.advance(100);
    addRound(0);
    record.apply(sampleFinished());
    clock.advance(100);
    const deltas = messages.filter((message) => message.type === 'delta');
    assert.deepEqual(
      deltas.map(({ header, drafted, summary, status }) => [
        header !== null,
        drafted !== null,
        summary !== null,
        status.kind,
      ]),
      [
        [true, false, false, 'generating'],
        [false, true, false, 'generating'],
        [false, false, true, 'finished'],
      ],
    );
  });

  it('begins a new generation with a snapshot', () => {
    feed.ready();
    record.begin();
    clock.advance(100);
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
    assert.equal(messages[1].generation, 1);
  });

  it('is quiet while hidden and complete afterwards', () => {
    record.begin();
    feed.ready();
    addRound(0);
    feed.hidden();
    addRound(1);
    clock.advance(1000);
    assert.deepEqual(types(), ['snapshot']);
    feed.ready();
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
    assert.equal(messages[1].rounds.length, 2);
  });

  it('says nothing once disposed', () => {
    feed.ready();
    record.begin();
    feed.dispose();
    record.begin();
    clock.advance(1000);
    assert.deepEqual(types(), ['snapshot']);
  });
});
