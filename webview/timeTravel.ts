import { momentAt, timeOf, type Moment } from './moment';
import { nearestRejection } from './rejections';
import type { RecordStore } from './store';

/** How fast the recorded time passes, in recorded seconds a second. */
export const SPEEDS = [4, 1, 1 / 4, 1 / 16] as const;
export type Speed = (typeof SPEEDS)[number];

/** How the moment that is shown became another. */
export type TravelCause = 'chosen' | 'played' | 'paused';

/** Where frames and their times come from; tests put their own in its place. */
export interface Frames {
  /** Calls back in the next frame with its time in milliseconds. */
  request(frame: (now: number) => void): number;
  cancel(handle: number): void;
}

const pageFrames: Frames = {
  request: (frame) => requestAnimationFrame(frame),
  cancel: (handle) => cancelAnimationFrame(handle),
};

export interface TravelOptions {
  readonly changed: (cause: TravelCause) => void;
  /** Whether what moves by itself is to move in steps of whole rounds. */
  readonly still: () => boolean;
  readonly frames?: Frames;
}

/**
 * Moves the record through its own time: the store shows it as it stood at a moment, and playing lets the recorded
 * clock run on against the real one. Rounds that arrive meanwhile wait until the user is back at now.
 */
export class TimeTravel {
  private factor: Speed = 1;
  /** The recorded clock in microseconds while it runs, and the frame that is to move it. */
  private clock: { us: number; frame: number; last: number | null } | null = null;
  private readonly frames: Frames;

  constructor(
    private readonly store: RecordStore,
    private readonly options: TravelOptions,
  ) {
    this.frames = options.frames ?? pageFrames;
  }

  get playing(): boolean {
    return this.clock !== null;
  }

  get speed(): Speed {
    return this.factor;
  }

  set speed(speed: Speed) {
    this.factor = speed;
  }

  /** The last round that had ended at the moment shown, -1 before the first one. */
  get round(): number {
    return this.store.past - 1;
  }

  /** Microseconds of the recorded clock at the moment shown. */
  get time(): number {
    const { store } = this;
    return this.clock?.us ?? timeOf(store.columns, store.moment ?? { rounds: store.count, drafted: false });
  }

  /** Shows the record as it stood after a round; after the last one is now. */
  to(round: number): void {
    this.stop();
    this.show(Math.max(0, round) + 1);
    this.options.changed('chosen');
  }

  by(rounds: number): void {
    if (this.store.count > 0) this.to(this.round + rounds);
  }

  /** To the nearest round before or after this one whose draft was rejected; stays where there is none. */
  toRejection(step: 1 | -1): void {
    const found = nearestRejection(this.store, this.round, step);
    if (found !== null) this.to(found);
  }

  /** Back to what there is. */
  toNow(): void {
    this.stop();
    this.store.moment = null;
    this.options.changed('chosen');
  }

  /** Plays from the moment shown, from the beginning where that is the end; or pauses. */
  toggle(): void {
    if (this.clock !== null) {
      this.pause();
      return;
    }
    const { store } = this;
    if (store.count === 0) return;
    if (store.past >= store.count) store.moment = { rounds: 0, drafted: false };
    this.clock = { us: this.time, frame: this.next(), last: null };
    this.options.changed('played');
  }

  pause(): void {
    if (!this.stop()) return;
    this.options.changed('paused');
  }

  /** Another record, which is shown as it is now. */
  reset(): void {
    this.stop();
    this.store.moment = null;
  }

  private stop(): boolean {
    if (this.clock === null) return false;
    this.frames.cancel(this.clock.frame);
    this.clock = null;
    return true;
  }

  private next(): number {
    return this.frames.request((now) => this.tick(now));
  }

  private tick(now: number): void {
    const { clock, store } = this;
    if (clock === null) return;
    // The first frame tells what time it is; the clock runs from there.
    clock.us += (now - (clock.last ?? now)) * 1000 * this.factor;
    clock.last = now;
    const { rounds, drafted } = momentAt(store.columns, clock.us);
    if (rounds >= store.count) {
      this.stop();
      store.moment = null;
      this.options.changed('paused');
      return;
    }
    clock.frame = this.next();
    const shown: Moment = { rounds, drafted: drafted && !this.options.still() };
    if (shown.rounds === store.moment?.rounds && shown.drafted === store.moment.drafted) return;
    store.moment = shown;
    this.options.changed('played');
  }

  private show(rounds: number): void {
    this.store.moment = rounds < this.store.count ? { rounds, drafted: false } : null;
  }
}
