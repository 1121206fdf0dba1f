import type { Clock } from '../../../src/host/coalescer';

/** A clock on which everything takes its time, and others get their turn when they are given one. */
export class SlowClock implements Clock {
  turns = 0;
  private time = 0;

  now(): number {
    return (this.time += 1);
  }

  after(_: number, action: () => void): () => void {
    this.turns++;
    queueMicrotask(action);
    return () => undefined;
  }
}
