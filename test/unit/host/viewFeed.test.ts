import assert from 'node:assert/strict';
import { UserError } from '../../../src/errors';
import { GenerationRecord } from '../../../src/host/record';
import { ViewFeed } from '../../../src/host/viewFeed';
import { toViewSchema, type ToView } from '../../../src/protocol/view';
import { compareRuns } from '../../../src/trace/compare/compare';
import { pushRound, roundColumns } from '../../../src/trace/roundColumns';
import type { RoundSource } from '../../../src/trace/roundSource';
import type { Round } from '../../../src/trace/schema';
import type { TraceIndex } from '../../../src/trace/traceIndex';
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

  const ready = (round: number | null = null) => feed.receive({ type: 'ready', round });
  /** The view has drawn the last message. */
  const drawn = () => {
    const last = messages.findLast((message) => 'sequence' in message)!;
    feed.receive({ type: 'received', sequence: last.sequence });
  };
  /** The indices of the rounds in the messages so far. */
  const indices = (some: readonly ToView[] = messages) =>
    some.flatMap((message) => {
      if (message.type !== 'snapshot' && message.type !== 'delta') return [];
      const from = message.type === 'delta' ? message.from : 0;
      return Array.from({ length: message.rounds.count }, (_, i) => from + i);
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
    ready();
    const [message] = messages;
    assert.ok(message.type === 'snapshot' && messages.length === 1);
    const { rounds, nodes, ...rest } = message;
    assert.deepEqual(rest, {
      type: 'snapshot',
      sequence: 1,
      generation: 1,
      layout: 'panel',
      title: '',
      header: sampleHeader(),
      summary: null,
      status: { kind: 'generating' },
      note: '',
    });
    assert.equal(rounds.count, 1);
    assert.deepEqual(
      nodes?.words.map(({ text }) => text),
      ['d', 'e'],
    );
  });

  it('has a view show an item at once, or as soon as it is ready', () => {
    feed.reveal('r0n0');
    ready();
    feed.reveal('r0e');
    feed.hidden();
    ready();
    assert.deepEqual(
      messages.map((message) => (message.type === 'reveal' ? message.item : message.type)),
      ['snapshot', 'r0n0', 'r0e', 'snapshot'],
    );
  });

  it('joins what happens within a frame into one message, and loses no round', async () => {
    record.begin();
    ready();
    drawn();
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    for (let i = 0; i < 100; i++) {
      addRound(i);
      await advance(1);
      drawn();
    }
    await advance(100);
    assert.ok(messages.length <= 12, `${messages.length} messages in 100 ms`);
    assert.deepEqual(
      indices(),
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  it('waits until a slow view has drawn, and then sends all that is new at once', async () => {
    record.begin();
    ready();
    drawn();
    for (let i = 0; i < 10; i++) {
      addRound(i);
      await advance(100);
    }
    assert.deepEqual(types(), ['snapshot', 'delta', 'delta']);
    feed.receive({ type: 'received', sequence: 2 });
    await advance(100);
    assert.deepEqual(types(), ['snapshot', 'delta', 'delta', 'delta']);
    assert.deepEqual(indices(messages.slice(3)), [2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes one word for several messages, and none from before it was ready', async () => {
    record.begin();
    ready();
    await advance(100);
    for (const last of [2, 4]) {
      addRound(last);
      await advance(100);
      drawn();
    }
    assert.deepEqual(types(), ['snapshot', 'delta', 'delta']);
    ready();
    feed.receive({ type: 'received', sequence: 1 });
    record.begin();
    await advance(100);
    record.begin();
    await advance(100);
    assert.deepEqual(types().slice(3), ['snapshot', 'snapshot'], 'two are under way');
  });

  it('goes on after a message that could not be delivered', async () => {
    for (const lost of [() => Promise.reject(new Error('gone')), () => Promise.resolve(false)]) {
      messages.length = 0;
      deliver = lost;
      ready();
      await advance(1);
      record.begin();
      await advance(100);
      assert.deepEqual(types(), ['snapshot', 'snapshot']);
    }
  });

  it('does not wait for a view that is not there any more', () => {
    ready();
    feed.hidden();
    ready();
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
  });

  it('sends header and summary once, and the draft that waits for its verdict', async () => {
    record.begin();
    ready();
    drawn();
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    await advance(100);
    drawn();
    record.apply({
      type: 'drafted',
      id: 1,
      drafted: { index: 0, parent: [-1], text: ['d'], depth: [1], q: [0.5], source: ['head:1'] },
    });
    await advance(100);
    drawn();
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
    ready();
    drawn();
    record.begin();
    await advance(100);
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
    assert.ok(messages[1].type === 'snapshot' && messages[1].generation === 1);
  });

  it('is quiet while hidden and complete afterwards', async () => {
    record.begin();
    ready();
    addRound(0);
    feed.hidden();
    addRound(1);
    await advance(1000);
    assert.deepEqual(types(), ['snapshot']);
    ready();
    assert.deepEqual(types(), ['snapshot', 'snapshot']);
    assert.deepEqual(indices(messages.slice(1)), [0, 1]);
  });

  describe('of a trace file', () => {
    /** Rounds that lie elsewhere: nothing of them is at hand but their columns. */
    class FarRounds implements RoundSource {
      readonly columns = roundColumns();
      fault: Error | null = null;

      constructor(count: number) {
        for (let i = 0; i < count; i++) pushRound(this.columns, sampleRound(i));
      }

      held(): null {
        return null;
      }

      read(first: number, last: number): Promise<Round[]> {
        if (this.fault !== null) return Promise.reject(this.fault);
        return Promise.resolve(Array.from({ length: last - first }, (_, i) => sampleRound(first + i)));
      }
    }

    /** Shows rounds as those of a trace that has been read. */
    const show = (rounds: FarRounds) =>
      record.show(
        'a.spectrace.jsonl',
        Object.assign(rounds, {
          state: {
            header: sampleHeader(),
            laterVersion: null,
            end: { summary: null, truncated: false, reason: '' },
            fault: null,
            doubts: [],
          },
        }) as unknown as TraceIndex,
      );

    it('sends the columns of a long record in several messages, and no nodes unasked', async () => {
      show(new FarRounds(45_000));
      ready();
      for (let i = 0; i < 4; i++) {
        await advance(20);
        drawn();
      }
      assert.deepEqual(types(), ['snapshot', 'delta', 'delta']);
      assert.deepEqual(
        indices(),
        Array.from({ length: 45_000 }, (_, i) => i),
      );
      for (const message of messages) assert.ok('nodes' in message && message.nodes === null);
    });

    it('answers with the nodes that are wanted, and with a whole round', async () => {
      show(new FarRounds(300));
      ready();
      const { generation } = record.state;
      feed.receive({ type: 'want', generation, first: 256, count: 128 });
      feed.receive({ type: 'ask', generation, round: 7 });
      feed.receive({ type: 'want', generation, first: 300, count: 1 });
      feed.receive({ type: 'want', generation: generation - 1, first: 0, count: 1 });
      await advance(5);
      const [, nodes, round, ...more] = messages;
      assert.ok(nodes.type === 'nodes' && nodes.nodes.first === 256 && nodes.nodes.count === 44);
      assert.ok(round.type === 'round');
      assert.deepEqual(round.round, sampleRound(7));
      assert.deepEqual(more, []);
    });

    it('answers what follows from the rounds that are asked about', async () => {
      show(new FarRounds(30));
      ready();
      const { generation } = record.state;
      feed.receive({ type: 'analyse', generation, range: { first: 10, last: 20 } });
      await advance(50);
      feed.receive({ type: 'analyse', generation: generation - 1, range: null });
      await advance(50);
      const [, answer, ...more] = messages;
      assert.ok(answer.type === 'analysis');
      assert.deepEqual(answer.about, { first: 10, last: 20 });
      assert.equal(answer.analysis.statistics.counts.rounds, 10);
      assert.deepEqual(more, []);
    });

    it('says why there are no conclusions, and draws none for a view that is hidden', async () => {
      const rounds = new FarRounds(10);
      show(rounds);
      ready();
      const { generation } = record.state;
      rounds.fault = new UserError('bad-file', 'The file is gone.', 'Open it again.');
      feed.receive({ type: 'analyse', generation, range: null });
      await advance(5);
      assert.deepEqual(messages[1], {
        type: 'unanalysed',
        generation,
        message: 'The file is gone. Open it again.',
      });
      rounds.fault = null;
      feed.receive({ type: 'analyse', generation, range: null });
      feed.hidden();
      await advance(50);
      assert.equal(messages.length, 2);
    });

    it('says why rounds can no longer be read', async () => {
      const rounds = new FarRounds(10);
      show(rounds);
      ready();
      rounds.fault = new UserError('bad-file', 'The file is gone.', 'Open it again.');
      feed.receive({ type: 'want', generation: record.state.generation, first: 0, count: 10 });
      await advance(5);
      assert.deepEqual(messages[1], {
        type: 'unread',
        generation: record.state.generation,
        first: 0,
        message: 'The file is gone. Open it again.',
      });
    });
  });

  it('says nothing once disposed', async () => {
    ready();
    record.begin();
    feed.dispose();
    record.begin();
    await advance(1000);
    assert.deepEqual(types(), ['snapshot']);
  });

  it('tells a comparison once, and again to a view that is shown anew', async () => {
    record.begin();
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    addRound(0);
    ready();
    const run = { name: 'a', header: sampleHeader(), rounds: [sampleRound(0)] };
    const extents = { a: { rounds: 1, of: 1 }, b: { rounds: 1, of: 1 } };
    record.compareWith({ other: 'b.jsonl', comparison: compareRuns(run, run), extents });
    await advance(100);
    const told = () => messages.filter(({ type }) => type === 'comparison').length;
    assert.equal(told(), 1);
    drawn();
    addRound(1);
    await advance(100);
    assert.equal(told(), 1);
    feed.hidden();
    ready();
    assert.equal(told(), 2);
    record.begin();
    await advance(100);
    assert.equal(told(), 2, 'another record is beside nothing');
  });

  it('answers what-if questions about the record on show, and says why it cannot', async () => {
    record.begin();
    record.apply({ type: 'header', id: 1, header: sampleHeader() });
    addRound(0);
    ready();
    feed.receive({ type: 'predict', generation: 0, changes: {} });
    feed.receive({ type: 'predict', generation: record.state.generation, changes: { nodes: 2 } });
    await advance(100);
    const answers = messages.filter(({ type }) => type === 'forecast' || type === 'unforeseen');
    assert.equal(answers.length, 1);
    assert.match(JSON.stringify(answers[0]), /does not tell what forwards of other sizes cost/);
  });
});
