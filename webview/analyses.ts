import { t } from '../src/l10n';
import type { FromView, ToView } from '../src/protocol/view';
import type { Analysis } from '../src/trace/analysis';
import type { RecordStore } from './store';
import type { Range } from './supply';

type Question = Extract<FromView, { type: 'analyse' }>;
type Answer = Extract<ToView, { type: 'analysis' | 'unanalysed' }>;

/** What is concluded from some rounds. */
export interface Conclusion {
  /** The rounds that it is about. */
  readonly about: Range;
  readonly analysis: Analysis;
  /** Rounds that there were when it was asked for. */
  readonly count: number;
}

/** The clock that it waits by; tests put their own in its place. */
export interface Timer {
  now(): number;
  after(ms: number, action: () => void): void;
}

/** Of a record that grows, the next question comes so long after the last answer at least, in milliseconds, */
const PAUSE = 1000;
/** and so many times as long as the last answer took: the generation needs the processor more. */
const REST = 10;

/**
 * What is concluded from the record, for all panels: the editor draws the conclusions when a panel asks for them
 * that somebody looks at, one question at a time.
 */
export class Analyses {
  /** Of the whole run so far; null until it was asked for and has come. */
  whole: Conclusion | null = null;
  /** Why there are none, empty when nothing is wrong. */
  fault = '';
  private chosen: Range | null = null;
  private part: Conclusion | null = null;
  private readonly wanted = new Set<'whole' | 'part'>();
  private asked: {
    readonly what: 'whole' | 'part';
    readonly range: Question['range'];
    readonly count: number;
    readonly at: number;
  } | null = null;
  private next = -Infinity;
  private waits = false;

  /** @param changed something can be drawn that could not before */
  constructor(
    private readonly store: RecordStore,
    private readonly post: (message: FromView) => void,
    private readonly changed: () => void,
    private readonly timer: Timer = systemTimer,
  ) {}

  /** The rounds that the charts are about; null for the whole run. */
  get range(): Range | null {
    return this.chosen;
  }

  set range(range: Range | null) {
    this.chosen = range;
    this.part = null;
    if (this.asked?.what === 'part') this.asked = null;
    this.changed();
  }

  /** What the charts show: null until it has come. */
  get shown(): Conclusion | null {
    return this.chosen === null ? this.whole : this.part;
  }

  /** What is to be said of what the charts show: that some rounds are left out; else empty. */
  get remark(): string {
    const { shown, chosen } = this;
    if (shown === null) return '';
    const [first, last] = shown.about;
    const wanted = Math.min(chosen?.[1] ?? shown.count, shown.count);
    if (last >= wanted) return '';
    return t(
      'The charts are about rounds {0} to {1} of {2}: there are too many to look at all of them.',
      first,
      last - 1,
      shown.count,
    );
  }

  /** What a panel says while it has no numbers. */
  get waitingText(): string {
    return this.fault === '' ? t('The rounds are being counted…') : this.fault;
  }

  /** A new record. */
  reset(): void {
    this.whole = null;
    this.part = null;
    this.chosen = null;
    this.fault = '';
    this.wanted.clear();
    this.asked = null;
    this.next = -Infinity;
    this.changed();
  }

  /** Somebody looks at the findings (`whole`), or at the charts (`shown`). */
  want(what: 'whole' | 'shown'): void {
    this.wanted.add(what === 'whole' || this.chosen === null ? 'whole' : 'part');
    this.ask();
  }

  take(answer: Answer): void {
    const { asked } = this;
    if (answer.generation !== this.store.generation || asked === null) return;
    // The answer to a question that another one took the place of may have been under way.
    if (answer.type === 'analysis' && !isSame(answer.range, asked.range)) return;
    this.asked = null;
    const now = this.timer.now();
    this.next = now + Math.max(PAUSE, REST * (now - asked.at));
    if (answer.type === 'unanalysed') this.fault = answer.message;
    else {
      const { first, last } = answer.about;
      const conclusion = { about: [first, last] as const, analysis: answer.analysis, count: asked.count };
      if (asked.what === 'whole') this.whole = conclusion;
      else this.part = conclusion;
    }
    this.changed();
    this.ask();
  }

  private ask(): void {
    const { store, chosen } = this;
    if (this.asked !== null || this.fault !== '') return;
    const kind = store.status.kind;
    if (store.count === 0 || store.header === null || kind === 'reading') return;
    const what = (['whole', 'part'] as const).find((one) => this.wanted.has(one) && this.lacks(one));
    if (what === undefined) return;
    const early = this.next - this.timer.now();
    if (what === 'whole' && this.whole !== null && early > 0) {
      this.askLater(early);
      return;
    }
    this.wanted.delete(what);
    const range = what === 'part' && chosen !== null ? { first: chosen[0], last: chosen[1] } : null;
    this.asked = { what, range, count: store.count, at: this.timer.now() };
    this.post({ type: 'analyse', generation: store.generation, range });
  }

  private lacks(what: 'whole' | 'part'): boolean {
    return what === 'whole'
      ? (this.whole?.count ?? 0) < this.store.count
      : this.chosen !== null && this.part === null;
  }

  private askLater(ms: number): void {
    if (this.waits) return;
    this.waits = true;
    this.timer.after(ms, () => {
      this.waits = false;
      this.ask();
    });
  }
}

function isSame(a: Question['range'], b: Question['range']): boolean {
  return a?.first === b?.first && a?.last === b?.last;
}

const systemTimer: Timer = {
  now: () => performance.now(),
  after: (ms, action) => void setTimeout(action, ms),
};
