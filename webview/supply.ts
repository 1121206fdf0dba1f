import { PAGE, type FromView } from '../src/protocol/view';
import type { RecordStore } from './store';

/** Rounds `[first, last)`. */
export type Range = readonly [first: number, last: number];

/**
 * Asks the editor for what the view lacks: pages of nodes, the one on screen first and one at a time, so that a
 * fast scroll through a long trace asks for where it stopped and not for all that it passed. A page of large rounds
 * comes in parts: it is asked for on until it is whole.
 */
export class Supply {
  private wanted: readonly Range[] = [];
  private waitingFor: number | null = null;
  /** Pages that cannot be read, so that they are not asked for over and over. */
  private readonly unread = new Set<number>();
  private readonly asked = new Set<number>();

  constructor(
    private readonly store: RecordStore,
    private readonly post: (message: FromView) => void,
  ) {}

  /** A new record, or the editor knows nothing any more of what was asked. */
  reset(): void {
    this.wanted = [];
    this.waitingFor = null;
    this.unread.clear();
    this.asked.clear();
  }

  /** Replaces what was wanted before; the first range is the most urgent. */
  want(ranges: readonly Range[]): void {
    this.wanted = ranges;
    this.next();
  }

  /** A whole round, for whoever looks closer; the store has it once it arrives. */
  ask(round: number): void {
    if (this.asked.has(round) || this.store.wholeRound(round) !== null) return;
    this.asked.add(round);
    this.post({ type: 'ask', generation: this.store.generation, round });
  }

  /** What was asked for has come, or cannot be read. */
  answered(what: 'nodes' | 'round' | 'nothing', first: number): void {
    if (what !== 'nodes') this.asked.delete(first);
    if (what === 'nothing') this.unread.add(pageOf(first));
    if (what !== 'round' && this.waitingFor === pageOf(first)) this.waitingFor = null;
    this.next();
  }

  private next(): void {
    if (this.waitingFor !== null) return;
    for (const [first, last] of this.wanted) {
      for (let page = pageOf(first); page * PAGE < last; page++) {
        const lacking = this.lacking(page);
        if (this.unread.has(page) || lacking === null) continue;
        this.waitingFor = page;
        this.post({
          type: 'want',
          generation: this.store.generation,
          first: lacking,
          count: (page + 1) * PAGE - lacking,
        });
        return;
      }
    }
  }

  /** The first round of a page whose nodes are not here, null where all are. */
  private lacking(page: number): number | null {
    const next = page * PAGE + this.store.roundsHeld(page);
    return next < Math.min((page + 1) * PAGE, this.store.count) ? next : null;
  }
}

function pageOf(round: number): number {
  return Math.floor(round / PAGE);
}
