import type { Drafted, EngineEvent } from '../protocol/engine';
import type { ViewStatus } from '../protocol/view';
import type { Trace } from '../trace/parse';
import type { Round, TraceHeader, TraceSummary } from '../trace/schema';
import { Emitter } from './emitter';

/** Everything there is to show of one generation, live or from a file. */
export interface RecordState {
  /** Counts records from 0; what is only added to keeps its number. */
  readonly generation: number;
  /** File name for a trace, empty for a live generation. */
  readonly title: string;
  readonly header: TraceHeader | null;
  /** One array per record, which grows: copy it to keep it. */
  readonly rounds: readonly Round[];
  /** The draft that is being verified now, if any. */
  readonly drafted: Drafted | null;
  readonly summary: TraceSummary | null;
  readonly status: ViewStatus;
}

/** The engine's events that a record is made of. */
export type RecordEvent = Extract<
  EngineEvent,
  { type: 'progress' | 'header' | 'drafted' | 'round' | 'finished' }
>;

function blank(generation: number, title: string) {
  return {
    generation,
    title,
    header: null,
    rounds: [] as Round[],
    drafted: null,
    summary: null,
    status: { kind: 'empty' },
  } satisfies RecordState;
}

/**
 * The record of one generation at a time, and the owner of its truth: views come and go and ask it again.
 * Rounds are only ever added while `generation` stays the same, so a view needs only what is new.
 */
export class GenerationRecord {
  readonly changed = new Emitter<RecordState>();
  private current: RecordState & { readonly rounds: Round[] } = blank(0, '');
  private emitted = 0;
  private decoding_us = 0;

  get state(): RecordState {
    return this.current;
  }

  /** Tokens a second and tokens a target forward (tau) over the rounds so far; null without a round. */
  get rates(): { readonly tokensPerSecond: number; readonly acceptanceLength: number } | null {
    const rounds = this.current.rounds.length;
    if (rounds === 0 || this.decoding_us === 0) return null;
    return {
      tokensPerSecond: (this.emitted / this.decoding_us) * 1e6,
      acceptanceLength: this.emitted / rounds,
    };
  }

  /** Starts a new record of a live generation. */
  begin(): void {
    this.restart('');
    const progress = { phase: 'load' as const, message: 'Waiting for the engine', done: 0, total: null };
    this.set({ status: { kind: 'working', progress } });
  }

  apply(event: RecordEvent): void {
    switch (event.type) {
      case 'progress':
        this.set({ status: { kind: 'working', progress: event.progress } });
        break;
      case 'header':
        this.set({ header: event.header, status: { kind: 'generating' } });
        break;
      case 'drafted':
        this.set({ drafted: event.drafted, status: { kind: 'generating' } });
        break;
      case 'round':
        this.add([event.round]);
        this.set({ drafted: null, status: { kind: 'generating' } });
        break;
      case 'finished':
        this.set({ drafted: null, summary: event.summary, status: { kind: 'finished' } });
        break;
    }
  }

  /** The generation ended without a summary; what there is of it stays. */
  fail(reason: string): void {
    const status: ViewStatus =
      this.current.header === null ? { kind: 'error', message: reason } : { kind: 'truncated', reason };
    this.set({ drafted: null, status });
  }

  /** Nothing to show yet, and nothing went wrong: as before the first generation. */
  clear(): void {
    this.restart('');
    this.changed.emit(this.current);
  }

  /**
   * Shows a recorded trace. When it continues what is shown already (a file that grows), only the new rounds
   * are added; otherwise a new record begins.
   */
  show(title: string, trace: Trace): void {
    if (!this.isContinuedBy(title, trace)) this.restart(title);
    this.add(trace.rounds.slice(this.current.rounds.length));
    this.set({
      header: trace.header,
      summary: trace.summary,
      status: trace.truncated ? { kind: 'truncated', reason: sentence(trace.reason) } : { kind: 'finished' },
    });
  }

  /** A trace that cannot be shown at all. */
  refuse(title: string, message: string): void {
    this.restart(title);
    this.set({ status: { kind: 'error', message } });
  }

  private isContinuedBy(title: string, trace: Trace): boolean {
    const { header, rounds, summary } = this.current;
    return (
      this.current.title === title &&
      header?.created === trace.header.created &&
      summary === null &&
      rounds.every((round, i) => trace.rounds.at(i)?.start_us === round.start_us)
    );
  }

  private restart(title: string): void {
    this.current = blank(this.current.generation + 1, title);
    this.emitted = 0;
    this.decoding_us = 0;
  }

  private add(rounds: readonly Round[]): void {
    for (const round of rounds) {
      this.emitted += round.emitted.length;
      this.decoding_us += round.t_us.total;
      // Not copied: that would make a long generation quadratic.
      this.current.rounds.push(round);
    }
  }

  private set(change: Partial<Omit<RecordState, 'rounds'>>): void {
    this.current = { ...this.current, ...change };
    this.changed.emit(this.current);
  }
}

/** A clause as a sentence of its own. */
function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
