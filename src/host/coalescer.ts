/** The clock that a `Coalescer` runs on; tests put their own in its place. */
export interface Clock {
  /** Milliseconds, never going back. */
  now(): number;
  /** Calls `action` once after `ms`; the returned function prevents it. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Turns any number of requests into at most one `action` per interval. The first request after a quiet
 * interval is served without delay, and the last one is always served: nothing is lost, only joined.
 */
export class Coalescer {
  private last = -Infinity;
  private cancelPending: (() => void) | null = null;

  constructor(
    private readonly intervalMs: number,
    private readonly action: () => void,
    private readonly clock: Clock = systemClock,
  ) {}

  request(): void {
    if (this.cancelPending !== null) return;
    const wait = Math.max(0, this.last + this.intervalMs - this.clock.now());
    this.cancelPending = this.clock.after(wait, () => {
      this.cancelPending = null;
      this.last = this.clock.now();
      this.action();
    });
  }

  /** Forgets a request that has not been served. */
  drop(): void {
    this.cancelPending?.();
    this.cancelPending = null;
  }
}
