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
  let deliver: () => Promise<unknown>;

  beforeEach(() => {
    record = new GenerationRecord();
    clock = new FakeClock();
    messages = [];
    deliver = () => Promise.resolve();
    const post = (message: ToView) => {
      messages.push(toViewSchema.parse(message));
      return deliver();
    };
    feed = new ViewFeed(record, 'panel', post, clock);
  });

  const addRound = (index: number) =>
    record.apply({ type: 'round', id: 1, round: sampleRound(index), text: '' });
  /** Time passes and deliveries settle. */
  const advance = async (ms: number) => {
    for (let i = 0; i < ms; i++) {
      clock.advance(1);
      await Promise.resolve();
    }
  };
  const types = () => messages.map((message) => message.type);

  it('says nothing to a view that is not ready', async () => {
    record.begin();
    await advance(1000);
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

  it('joins what happens within a frame into one message, and loses no round', async () => {
    record.begin();
    feed.ready();
    messages.length = 0;
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    for (let i = 0; i < 100; i++) {
      addRound(i);
      await advance(1);
    }
    await advance(100);
    assert.ok(messages.length <= 5, `${messages.length} messages in 100 ms`);
    const rounds = messages.flatMap((message) => message.rounds.map((round) => round.index));
    assert.deepEqual(
      rounds,
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it('waits for a slow view, and then sends all that is new at once', async () => {
    record.begin();
    feed.ready();
    await advance(1);
    let arrive = (): void => undefined;
    deliver = () => new Promise<void>((resolve) => (arrive = resolve));
    for (let i = 0; i < 10; i++) {
      addRound(i);
      await advance(100);
    }
    assert.deepEqual(types(), ['snapshot', 'delta']);
    arrive();
    await advance(100);
    assert.deepEqual(types(), ['snapshot', 'delta', 'delta']);
    assert.deepEqual(
      messages[2].rounds.map((round) => round.index),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  });

  it('goes on after a message that could not be delivered', async () => {
    deliver = () => Promise.reject(new Error('gone'));
    feed.ready();
    await advance(1);
    record.begin();
    await advance(100);
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
  });

  it('does not wait for a view that is not there any more', () => {
    deliver = () => new Promise(() => undefined);
    feed.ready();
    feed.hidden();
    feed.ready();
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
  });

  it('sends header and summary once, and the draft that waits for its verdict', async () => {
    record.begin();
    feed.ready();
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    await advance(100);
    record.apply({
      type: 'drafted',
      id: 1,
      drafted: { index: 0, parent: [-1], text: ['d'], depth: [1], q: [0.5], source: ['head:1'] },
    });
    await advance(100);
    addRound(0);
    record.apply(sampleFinished());
    await advance(100);
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

  it('begins a new generation with a snapshot', async () => {
    feed.ready();
    record.begin();
    await advance(100);
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
    assert.equal(messages[1].generation, 1);
  });

  it('is quiet while hidden and complete afterwards', async () => {
    record.begin();
    feed.ready();
    addRound(0);
    feed.hidden();
    addRound(1);
    await advance(1000);
    assert.deepEqual(types(), ['snapshot']);
    feed.ready();
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
    assert.equal(messages[1].rounds.length, 2);
  });

  it('says nothing once disposed', async () => {
    feed.ready();
    record.begin();
    feed.dispose();
    record.begin();
    await advance(1000);
    assert.deepEqual(types(), ['snapshot']);
  });
});
