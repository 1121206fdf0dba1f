import type { Steps } from '../trace/steps';
import { systemClock, type Clock } from './coalescer';

/** Milliseconds of work in a row: half of what a person would notice in an editor that shares the thread. */
const SHARE_MS = 12;

/** Lets others have their turn while long work goes on in the same thread. */
export class Pacer {
  private began: number;

  constructor(private readonly clock: Clock = systemClock) {
    this.began = clock.now();
  }

  /** Goes on at once while its share of the time lasts, and else after everything that waits. */
  async pause(): Promise<void> {
    if (!this.isSpent) return;
    await new Promise<void>((resolve) => this.clock.after(0, resolve));
    this.began = this.clock.now();
  }

  /** Does work step by step, to its end. */
  async finish<T>(steps: Steps<T>): Promise<T> {
    // Only what nobody waits for is left off.
    return (await this.run(steps, () => true)) as T;
  }

  /**
   * Does work step by step while somebody waits for it.
   *
   * @returns null when `wanted` said before its end that nobody waits for it any more
   */
  async run<T>(steps: Steps<T>, wanted: () => boolean): Promise<T | null> {
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      if (this.isSpent) await this.pause();
      if (!wanted()) return null;
    }
  }

  private get isSpent(): boolean {
    return this.clock.now() - this.began >= SHARE_MS;
  }
}
