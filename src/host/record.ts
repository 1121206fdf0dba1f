import type { Drafted, EngineEvent } from '../protocol/engine';
import { t } from '../l10n';
import type { ViewStatus } from '../protocol/view';
import { laterVersionText, type TraceEnd } from '../trace/parse';
import { RoundList, type RoundSource } from '../trace/roundSource';
import type { TraceHeader, TraceSummary } from '../trace/schema';
import type { IndexState, TraceIndex } from '../trace/traceIndex';
import type { ComparedSides } from './comparer';
import { Emitter } from './emitter';

/** Bytes of a file from which on it is said that all of it is held in memory. */
const WORTH_SAYING = 16e6;

/** Everything there is to show of one generation, live or from a file. */
export interface RecordState {
  /** Counts records from 0; what is only added to keeps its number. */
  readonly generation: number;
  /** File name for a trace, empty for a live generation. */
  readonly title: string;
  /** The file that a live generation is recorded in, null where there is none. */
  readonly trace: string | null;
  readonly header: TraceHeader | null;
  /** One per record, which grows. */
  readonly rounds: RoundSource;
  /** The draft that is being verified now, if any. */
  readonly drafted: Drafted | null;
  readonly summary: TraceSummary | null;
  readonly status: ViewStatus;
  /** What a reader must know of a trace besides, empty for nothing. */
  readonly note: string;
  /** The record beside another trace, null while there is none. */
  readonly compared: Compared | null;
}

/** A comparison in which the record is A, and B's name. */
export interface Compared extends ComparedSides {
  readonly other: string;
}

/** The engine's events that a record is made of. */
export type RecordEvent = Extract<
  EngineEvent,
  { type: 'progress' | 'header' | 'drafted' | 'round' | 'finished' }
>;

function blank(generation: number, title: string, rounds: RoundSource): RecordState {
  return {
    generation,
    title,
    trace: null,
    header: null,
    rounds,
    drafted: null,
    summary: null,
    status: { kind: 'empty' },
    note: '',
    compared: null,
  };
}

/**
 * The record of one generation at a time, and the owner of its truth: views come and go and ask it again.
 * Rounds are only ever added while `generation` stays the same, so a view needs only what is new.
 */
export class GenerationRecord {
  readonly changed = new Emitter<RecordState>();
  /** The rounds of a live generation. */
  private live = new RoundList();
  private current = blank(0, '', this.live);

  get state(): RecordState {
    return this.current;
  }

  /** Tokens a second and tokens a target forward (tau) over a live generation's rounds so far; null without one. */
  get rates(): { readonly tokensPerSecond: number; readonly acceptanceLength: number } | null {
    const { length, column } = this.live.columns;
    const sum = (numbers: Uint32Array | Float32Array) => {
      let total = 0;
      for (let i = 0; i < length; i++) total += numbers[i];
      return total;
    };
    const emitted = sum(column.emitted);
    const decoding_us = sum(column.total);
    if (decoding_us === 0) return null;
    return { tokensPerSecond: (emitted / decoding_us) * 1e6, acceptanceLength: emitted / length };
  }

  /**
   * Starts a new record of a live generation.
   *
   * @param trace the file that it is recorded in, null for none
   */
  begin(trace: string | null = null): void {
    this.restart('');
    const progress = { phase: 'load' as const, message: t('Waiting for the engine'), done: 0, total: null };
    this.set({ trace, status: { kind: 'working', progress } });
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
        this.live.push(event.round);
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
   * Shows a recorded trace as far as it was read. While it is the same index, which was read on, what it holds
   * more is only added; otherwise a new record begins.
   *
   * @param reading bytes done and in all while there is more to read
   */
  show(title: string, index: TraceIndex, reading?: { readonly done: number; readonly total: number }): void {
    if (this.current.rounds !== index) this.restart(title, index);
    const { header, end, fault } = index.state;
    const summary = end?.summary ?? null;
    this.set({ header, summary, note: noteOn(index.state), status: traceStatus(end, fault, reading) });
  }

  /** Shows the record beside another trace. */
  compareWith(compared: Compared): void {
    this.set({ compared });
  }

  /** The reading of a trace ended before the trace did; what was read stays. */
  stopShowing(reason: string): void {
    this.set({ status: { kind: 'truncated', reason } });
  }

  /** A trace that cannot be shown at all. */
  refuse(title: string, message: string): void {
    this.restart(title);
    this.set({ status: { kind: 'error', message } });
  }

  private restart(title: string, rounds?: RoundSource): void {
    this.live = new RoundList();
    this.current = blank(this.current.generation + 1, title, rounds ?? this.live);
  }

  private set(change: Partial<Omit<RecordState, 'rounds'>>): void {
    this.current = { ...this.current, ...change };
    this.changed.emit(this.current);
  }
}

/** What a reader must know of a trace besides. */
function noteOn({ laterVersion, doubts, held }: IndexState): string {
  const notes: string[] = [];
  if (laterVersion !== null) notes.push(laterVersionText(laterVersion));
  if (doubts.length > 0) notes.push(t('The trace contradicts itself. {0}', doubts.join(' ')));
  if (held >= WORTH_SAYING) {
    notes.push(
      t('This place hands out files only as a whole: {0} MB of memory are in use for it.', megabytes(held)),
    );
  }
  return notes.join(' ');
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

function traceStatus(
  end: TraceEnd | null,
  fault: string | null,
  reading: { readonly done: number; readonly total: number } | undefined,
): ViewStatus {
  if (fault !== null) return { kind: 'truncated', reason: fault };
  if (reading !== undefined || end === null)
    return { kind: 'reading', ...(reading ?? { done: 0, total: 0 }) };
  return end.truncated ? { kind: 'truncated', reason: sentence(end.reason) } : { kind: 'finished' };
}

/** A clause as a sentence of its own. */
function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
