import type { FromView, ToView } from '../src/protocol/view';
import type { Extent } from '../src/trace/extent';
import type { Forecast } from '../src/trace/whatIf/forecast';
import type { Changes } from '../src/trace/whatIf/setting';
import type { RecordStore } from './store';

type Answer = Extract<ToView, { type: 'forecast' | 'unforeseen' }>;

/** The what-if question of a record, and its answer: the editor replays the run. */
export class WhatIfQuestion {
  /** The last answer; null until one has come. */
  forecast: Forecast | null = null;
  /** The rounds that it is about. */
  about: Extent = { rounds: 0, of: 0 };
  /** Why there is none, empty when nothing is wrong. */
  fault = '';
  private changes: Changes = {};
  /** Rounds that there were when it was asked last. */
  private asked: number | null = null;
  private waits = false;

  /** @param changed something can be drawn that could not before */
  constructor(
    private readonly store: RecordStore,
    private readonly post: (message: FromView) => void,
    private readonly changed: () => void,
  ) {}

  /** Whether an answer is on its way. */
  get waiting(): boolean {
    return this.waits;
  }

  /** Whether the run is still at work: what it would have done can be asked when it is over. */
  get early(): boolean {
    const { kind } = this.store.status;
    return kind === 'working' || kind === 'generating' || kind === 'reading';
  }

  /** Somebody looks at the answer: asked again where there is none of all the rounds that there are. */
  want(): void {
    const { store } = this;
    if (this.early || store.count === 0 || store.header === null || this.asked === store.count) return;
    this.ask(this.changes);
  }

  /** @param changes of the recorded setting */
  ask(changes: Changes): void {
    this.changes = changes;
    this.asked = this.store.count;
    this.waits = true;
    this.post({ type: 'predict', generation: this.store.generation, changes });
    this.changed();
  }

  take(answer: Answer): void {
    if (answer.generation !== this.store.generation) return;
    this.waits = false;
    if (answer.type === 'forecast') {
      this.forecast = answer.forecast;
      this.about = answer.about;
      this.fault = '';
    } else this.fault = answer.message;
    this.changed();
  }

  /** A new record. */
  reset(): void {
    this.forecast = null;
    this.fault = '';
    this.changes = {};
    this.asked = null;
    this.waits = false;
    this.changed();
  }
}
