import type { ToView } from '../protocol/view';
import { Coalescer, systemClock, type Clock } from './coalescer';
import type { GenerationRecord } from './record';

/** A frame at 30 Hz: faster than anyone reads a tree, slow enough never to flood the view. */
const FRAME_MS = 33;

/**
 * Keeps one view up to date with a record: a snapshot when the view says that it is ready, then only what is
 * new, at most one message a frame and one at a time, and nothing while nobody looks. A slow view gets fewer
 * and larger messages, so that it never lags behind a queue of old ones; the record never waits for it.
 */
export class ViewFeed {
  private readonly flushes: Coalescer;
  private readonly unsubscribe: () => void;
  /** What the view has got; null until it is ready, and again when it is hidden. */
  private sent: { generation: number; rounds: number; header: boolean; summary: boolean } | null = null;
  /** The message that has not been delivered yet, and whether there is news since. */
  private delivery: { news: boolean } | null = null;

  constructor(
    private readonly record: GenerationRecord,
    private readonly layout: 'panel' | 'wide',
    /** Settles when the message has been delivered, or will never be. */
    private readonly post: (message: ToView) => PromiseLike<unknown>,
    clock: Clock = systemClock,
  ) {
    this.flushes = new Coalescer(FRAME_MS, () => this.flush(), clock);
    this.unsubscribe = record.changed.subscribe(() => {
      if (this.sent !== null) this.flushes.request();
    });
  }

  /** The view is there and knows nothing. */
  ready(): void {
    this.hidden();
    this.sendSnapshot();
  }

  /** The editor throws a hidden view's content away: it says `ready` again when it is shown again. */
  hidden(): void {
    this.flushes.drop();
    this.sent = null;
    // Nobody is left to deliver it to, so nothing is to be waited for.
    this.delivery = null;
  }

  dispose(): void {
    this.hidden();
    this.unsubscribe();
  }

  private flush(): void {
    if (this.sent === null) return;
    if (this.delivery !== null) {
      this.delivery.news = true;
      return;
    }
    const { generation, header, rounds, drafted, summary, status } = this.record.state;
    if (this.sent.generation !== generation) {
      this.sendSnapshot();
      return;
    }
    const fresh = rounds.slice(this.sent.rounds);
    const newHeader = this.sent.header ? null : header;
    const newSummary = this.sent.summary ? null : summary;
    this.sent = this.extent();
    this.send({
      type: 'delta',
      generation,
      header: newHeader,
      rounds: fresh,
      drafted,
      summary: newSummary,
      status,
    });
  }

  private sendSnapshot(): void {
    const { generation, title, header, rounds, summary, status } = this.record.state;
    this.sent = this.extent();
    this.send({
      type: 'snapshot',
      generation,
      layout: this.layout,
      title,
      header,
      rounds: [...rounds],
      summary,
      status,
    });
  }

  private send(message: ToView): void {
    const delivery = { news: false };
    this.delivery = delivery;
    const done = () => {
      if (this.delivery !== delivery) return;
      this.delivery = null;
      if (delivery.news) this.flushes.request();
    };
    this.post(message).then(done, done);
  }

  private extent() {
    const { generation, rounds, header, summary } = this.record.state;
    return { generation, rounds: rounds.length, header: header !== null, summary: summary !== null };
  }
}
