import type { ToView } from '../protocol/view';
import { Coalescer, systemClock, type Clock } from './coalescer';
import type { GenerationRecord } from './record';

/** A frame at 30 Hz: faster than anyone reads a tree, slow enough never to flood the view. */
const FRAME_MS = 33;

/**
 * Keeps one view up to date with a record: a snapshot when the view says that it is ready, then only what is
 * new, at most one message a frame, and nothing while nobody looks. The record never waits for it.
 */
export class ViewFeed {
  private readonly flushes: Coalescer;
  private readonly unsubscribe: () => void;
  /** What the view has got; null until it is ready, and again when it is hidden. */
  private sent: { generation: number; rounds: number; header: boolean; summary: boolean } | null = null;

  constructor(
    private readonly record: GenerationRecord,
    private readonly layout: 'panel' | 'wide',
    private readonly post: (message: ToView) => void,
    clock: Clock = systemClock,
  ) {
    this.flushes = new Coalescer(FRAME_MS, () => this.flush(), clock);
    this.unsubscribe = record.changed.subscribe(() => {
      if (this.sent !== null) this.flushes.request();
    });
  }

  /** The view is there and knows nothing. */
  ready(): void {
    this.flushes.drop();
    this.sendSnapshot();
  }

  /** The editor throws a hidden view's content away: it says `ready` again when it is shown again. */
  hidden(): void {
    this.flushes.drop();
    this.sent = null;
  }

  dispose(): void {
    this.hidden();
    this.unsubscribe();
  }

  private flush(): void {
    if (this.sent === null) return;
    const { generation, header, rounds, drafted, summary, status } = this.record.state;
    if (this.sent.generation !== generation) {
      this.sendSnapshot();
      return;
    }
    const fresh = rounds.slice(this.sent.rounds);
    const newHeader = this.sent.header ? null : header;
    const newSummary = this.sent.summary ? null : summary;
    this.sent = this.extent();
    this.post({
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
    this.post({
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

  private extent() {
    const { generation, rounds, header, summary } = this.record.state;
    return { generation, rounds: rounds.length, header: header !== null, summary: summary !== null };
  }
}
