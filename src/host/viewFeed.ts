import { sentenceOf } from '../errors';
import { PAGE, type FromView, type ToView } from '../protocol/view';
import { encodeNodes, type NodeSlice } from '../trace/nodeSlice';
import { Analyst } from './analyst';
import { Coalescer, systemClock, type Clock } from './coalescer';
import { Forecaster } from './forecaster';
import type { Compared, GenerationRecord } from './record';

/** A frame at 60 Hz. */
const FRAME_MS = 16;
/** Rounds in one message: a view takes them in within a frame. */
const MOST_ROUNDS = 20_000;
/** Messages that the view has not drawn: a verdict must not wait until its draft is on the screen. */
const MOST_UNDRAWN = 2;

type Request = Extract<FromView, { type: 'ready' | 'received' | 'want' | 'ask' | 'analyse' | 'predict' }>;

/**
 * Keeps one view up to date with a record: a snapshot when the view says that it is ready, then only what is
 * new, at most one message a frame, and nothing while nobody looks. No more than two messages are under way that
 * the view has not drawn, so a slow view gets fewer and larger ones and never lags behind a queue of old ones; the
 * record never waits for it.
 */
export class ViewFeed {
  private readonly flushes: Coalescer;
  private readonly analyst: Analyst;
  private readonly forecaster: Forecaster;
  private readonly unsubscribe: () => void;
  /** What the view has got; null until it is ready, and again when it is hidden. */
  private sent: { generation: number; rounds: number; header: boolean; summary: boolean } | null = null;
  /** The comparison that the view has got. */
  private told: Compared | null = null;
  /** The messages sent, and those of them that are drawn or will never be. */
  private sequence = 0;
  private drawn = 0;
  /** The item to show once the view is ready, null for none. */
  private wanted: string | null = null;
  /** Whether there is more to send once the view has drawn what is under way. */
  private news = false;

  constructor(
    private readonly record: GenerationRecord,
    private readonly layout: 'panel' | 'wide',
    /** Settles false or rejects when the message will never be delivered. */
    private readonly post: (message: ToView) => PromiseLike<unknown>,
    clock: Clock = systemClock,
  ) {
    this.flushes = new Coalescer(FRAME_MS, () => this.flush(), clock);
    this.analyst = new Analyst(record, clock);
    this.forecaster = new Forecaster(record, clock);
    this.unsubscribe = record.changed.subscribe(() => {
      if (this.sent !== null) this.flushes.request();
    });
  }

  receive(request: Request): void {
    switch (request.type) {
      case 'ready':
        // The view is there and knows nothing.
        this.hidden();
        this.sendSnapshot(request.round);
        if (this.wanted !== null) this.reveal(this.wanted);
        break;
      case 'received':
        this.delivered(request.sequence);
        break;
      case 'want':
        void this.answer(request, request.first, request.count);
        break;
      case 'ask':
        void this.answer(request, request.round, 1);
        break;
      case 'analyse':
        void this.analyse(request);
        break;
      case 'predict':
        void this.predict(request);
    }
  }

  /** Has the view show an item: at once, or when it is there. */
  reveal(item: string): void {
    this.wanted = this.sent === null ? item : null;
    this.tell({ type: 'reveal', item });
  }

  /** The editor throws a hidden view's content away: it says `ready` again when it is shown again. */
  hidden(): void {
    this.flushes.drop();
    this.analyst.stop();
    this.forecaster.stop();
    this.sent = null;
    this.told = null;
    // Nobody is left to deliver it to, so nothing is to be waited for.
    this.drawn = this.sequence;
    this.news = false;
  }

  dispose(): void {
    this.hidden();
    this.unsubscribe();
  }

  private flush(): void {
    if (this.sent === null) return;
    if (this.sequence - this.drawn >= MOST_UNDRAWN) {
      this.news = true;
      return;
    }
    const { state } = this.record;
    if (this.sent.generation !== state.generation) {
      this.sendSnapshot(null);
      return;
    }
    const { header, summary } = this.sent;
    const from = this.sent.rounds;
    this.send({
      type: 'delta',
      ...this.common(),
      header: header ? null : state.header,
      summary: summary ? null : state.summary,
      from,
      ...this.rounds(from),
      drafted: state.drafted,
    });
  }

  /** @param at the round that the view will look at first */
  private sendSnapshot(at: number | null): void {
    const { title, header, summary, rounds, status } = this.record.state;
    const following = status.kind === 'generating' || status.kind === 'working';
    const last = Math.min(rounds.columns.length, MOST_ROUNDS);
    const shown = Math.min(at ?? (following ? last : 0), Math.max(0, last - 1));
    const page = PAGE * Math.floor(shown / PAGE);
    this.send({
      type: 'snapshot',
      ...this.common(),
      header,
      summary,
      layout: this.layout,
      title,
      ...this.rounds(0),
      nodes: this.heldNodes(page, Math.min(page + PAGE, last)),
    });
  }

  private common() {
    const { generation, status, note } = this.record.state;
    return { sequence: this.sequence + 1, generation, status, note };
  }

  /** The rounds from `from`, as many as fit, with their nodes where these are few and at hand. */
  private rounds(from: number) {
    const { columns } = this.record.state.rounds;
    const last = Math.min(columns.length, from + MOST_ROUNDS);
    const few = last - from <= PAGE;
    return {
      rounds: { count: last - from, data: columns.encode(from, last) },
      nodes: few ? this.heldNodes(from, last) : null,
    };
  }

  private heldNodes(first: number, last: number): ReturnType<typeof sendable> | null {
    const held = last > first ? this.record.state.rounds.held(first, last) : null;
    return held === null ? null : sendable(encodeNodes(held, first));
  }

  /** Reads the rounds that a view asked for; its last question may be about an older record. */
  private async answer(
    { type, generation }: { type: 'want' | 'ask'; generation: number },
    first: number,
    count: number,
  ): Promise<void> {
    const { rounds, generation: current } = this.record.state;
    if (generation !== current || first >= rounds.columns.length) return;
    try {
      const read = await rounds.read(first, Math.min(first + count, rounds.columns.length));
      if (type === 'want')
        this.tell({ type: 'nodes', generation, nodes: sendable(encodeNodes(read, first)) });
      else this.tell({ type: 'round', generation, round: read[0] });
    } catch (error) {
      this.tell({ type: 'unread', generation, first, message: sentenceOf(error) });
    }
  }

  private async analyse({ generation, range }: Extract<Request, { type: 'analyse' }>): Promise<void> {
    if (generation !== this.record.state.generation) return;
    try {
      const answer = await this.analyst.answer(range);
      if (answer === null) return;
      const { analysis, ...about } = answer;
      this.tell({ type: 'analysis', generation, range, about, analysis });
    } catch (error) {
      this.tell({ type: 'unanalysed', generation, message: sentenceOf(error) });
    }
  }

  private async predict({ generation, changes }: Extract<Request, { type: 'predict' }>): Promise<void> {
    if (generation !== this.record.state.generation) return;
    try {
      const foreseen = await this.forecaster.answer(changes);
      if (foreseen !== null) this.tell({ type: 'forecast', generation, ...foreseen });
    } catch (error) {
      this.tell({ type: 'unforeseen', generation, message: sentenceOf(error) });
    }
  }

  private tellComparison(): void {
    const { compared, generation } = this.record.state;
    if (compared === this.told || compared === null) return;
    this.told = compared;
    this.tell({ type: 'comparison', generation, ...compared });
  }

  /** A message that nothing waits for. */
  private tell(message: ToView): void {
    if (this.sent !== null) this.post(message).then(undefined, () => undefined);
  }

  private send(message: Extract<ToView, { type: 'snapshot' | 'delta' }>): void {
    const { generation, header, summary } = this.record.state;
    const from = message.type === 'delta' ? message.from : 0;
    this.sent = {
      generation,
      rounds: from + message.rounds.count,
      header: header !== null,
      summary: summary !== null,
    };
    const { sequence } = message;
    this.sequence = sequence;
    this.post(message).then(
      (arrived) => {
        if (arrived === false) this.delivered(sequence);
      },
      () => this.delivered(sequence),
    );
    this.tellComparison();
    if (this.sent.rounds < this.record.state.rounds.columns.length) this.flushes.request();
  }

  private delivered(sequence: number): void {
    this.drawn = Math.max(this.drawn, Math.min(sequence, this.sequence));
    if (!this.news) return;
    this.news = false;
    this.flushes.request();
  }
}

/** The message's own arrays. */
function sendable({ words, sources, ...slice }: NodeSlice) {
  return { ...slice, words: [...words], sources: [...sources] };
}
