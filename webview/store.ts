import type { Drafted } from '../src/protocol/engine';
import type { ToView, ViewStatus } from '../src/protocol/view';
import { sliceFault } from '../src/trace/nodeSlice';
import { roundColumns, type RoundColumns } from '../src/trace/roundColumns';
import type { Round, TraceHeader, TraceSummary } from '../src/trace/schema';
import { bandHeight, barScale, layoutBand, type BandLayout } from './layout';
import type { Moment } from './moment';
import { NodePages } from './nodePages';
import { roundHead, type RoundHead, type ShownRound } from '../src/trace/shownRound';
import { addRounds, EMPTY_TALLY, type Tally } from './tally';

/** What a message did to the record. `gap`: rounds are missing, the view must ask for a snapshot. */
export type Change =
  | { readonly kind: 'replaced' }
  | { readonly kind: 'grown'; readonly from: number }
  /** Nodes or a whole round arrived, or cannot be read. */
  | { readonly kind: 'arrived'; readonly first: number; readonly what: 'nodes' | 'round' | 'nothing' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'gap'; readonly expected: number; readonly got: number }
  | { readonly kind: 'faulty'; readonly fault: string };

type State = Extract<ToView, { type: 'snapshot' | 'delta' }>;

/** A draft whose verdict is not there yet, and its place. */
export interface Pending {
  readonly drafted: Drafted;
  readonly band: BandLayout;
}

/** What is told of the record itself, and not of what follows from it. */
export type RecordMessage = Extract<ToView, { type: 'snapshot' | 'delta' | 'nodes' | 'round' | 'unread' }>;

/** Rounds that are kept as they were drawn last, and whole rounds that were looked at. */
const MOST_SHOWN = 512;
const MOST_WHOLE = 32;

/**
 * The record as the view has it, for all its parts: the columns of every round, append-only, the nodes of those
 * that were looked at, and what is derived from a round once, when it arrives. No DOM, so that it is tested in
 * Node.
 */
export class RecordStore {
  generation = -1;
  layout: 'panel' | 'wide' = 'panel';
  title = '';
  header: TraceHeader | null = null;
  summary: TraceSummary | null = null;
  status: ViewStatus = { kind: 'empty' };
  note = '';
  /** Why some rounds cannot be shown, empty when all can. */
  unread = '';
  columns: RoundColumns = roundColumns();
  /** `[rounds + 1]` each band's top, in CSS pixels, and the end of the last one. */
  tops: number[] = [0];
  tally: Tally = EMPTY_TALLY;
  hasPruned = false;
  /** Microseconds that a whole time bar stands for; null before the first round. */
  scale: number | null = null;
  private readonly pages = new NodePages();
  private readonly shown = new Map<number, ShownRound>();
  private readonly whole = new Map<number, Round>();
  private prunedShown = false;
  /** The draft that is being verified now. */
  private live: Pending | null = null;
  private shownMoment: Moment | null = null;
  /** Of the rounds before the moment shown, and how many they are. */
  private pastSum = { rounds: 0, tally: EMPTY_TALLY };
  /** The draft of the moment shown; kept, since the same one is to be the same object. */
  private replayed: Pending | null = null;

  /** Rounds. */
  get count(): number {
    return this.columns.length;
  }

  /** The moment that is shown, null for now. */
  get moment(): Moment | null {
    return this.shownMoment;
  }

  set moment(moment: Moment | null) {
    this.shownMoment = moment;
    this.replayed = null;
  }

  /** Rounds that had ended at the moment shown. */
  get past(): number {
    return this.shownMoment?.rounds ?? this.count;
  }

  /** What had been added up at the moment shown. */
  get pastTally(): Tally {
    if (this.shownMoment === null) return this.tally;
    const { past, pastSum } = this;
    const known = pastSum.rounds <= past ? pastSum : { rounds: 0, tally: EMPTY_TALLY };
    this.pastSum = { rounds: past, tally: addRounds(known.tally, this.columns, known.rounds, past) };
    return this.pastSum.tally;
  }

  /** The draft that waits for its verdict at the moment shown, if there is one and it is here. */
  get pending(): Pending | null {
    if (this.shownMoment === null) return this.live;
    if (!this.shownMoment.drafted) return null;
    return (this.replayed ??= this.draftOf(this.past));
  }

  get showPruned(): boolean {
    return this.prunedShown;
  }

  /** Showing pruned nodes makes rows longer, so every band gets its place again. */
  set showPruned(shown: boolean) {
    this.prunedShown = shown;
    this.replayed = null;
    this.tops = [0];
    this.place();
  }

  /** Height of all bands at the moment shown, the one that is being drafted included. */
  get height(): number {
    return this.tops[this.past] + (this.pending?.band.height ?? 0);
  }

  /** Bytes of the columns that are held: what a node costs besides its text. */
  get heldBytes(): number {
    return this.columns.heldBytes + 8 * this.tops.length + this.pages.heldBytes;
  }

  head(round: number): RoundHead {
    return roundHead(this.columns, round);
  }

  /** A round with its nodes, null while they are not here. */
  round(index: number): ShownRound | null {
    if (index >= this.count) return null;
    const known = this.shown.get(index);
    if (known !== undefined) return known;
    const made = this.pages.round(this.head(index));
    if (made === null) return null;
    this.pages.touch(index);
    keep(this.shown, index, made, MOST_SHOWN);
    return made;
  }

  /** Like `round`, for who goes through many once: nothing is kept. */
  passing(index: number): ShownRound | null {
    return this.shown.get(index) ?? (index < this.count ? this.pages.round(this.head(index)) : null);
  }

  /** Rounds of a page whose nodes are here: its first ones. */
  roundsHeld(page: number): number {
    return this.pages.roundsHeld(page);
  }

  hasNodes(round: number): boolean {
    return this.pages.has(round);
  }

  /** A round as the trace has it, null until it was asked for and has come. */
  wholeRound(index: number): Round | null {
    return this.whole.get(index) ?? null;
  }

  apply(message: RecordMessage): Change {
    switch (message.type) {
      case 'snapshot':
        this.clear();
        this.generation = message.generation;
        this.layout = message.layout;
        this.title = message.title;
        this.take(message);
        return this.append(message, 0) ?? { kind: 'replaced' };
      case 'delta':
        return this.applyDelta(message);
      case 'nodes': {
        if (message.generation !== this.generation) return { kind: 'stale' };
        const fault = sliceFault(message.nodes);
        if (fault !== null) return { kind: 'faulty', fault };
        this.pages.add(message.nodes);
        return { kind: 'arrived', first: message.nodes.first, what: 'nodes' };
      }
      case 'round':
        if (message.generation !== this.generation) return { kind: 'stale' };
        keep(this.whole, message.round.index, message.round, MOST_WHOLE);
        return { kind: 'arrived', first: message.round.index, what: 'round' };
      case 'unread':
        if (message.generation !== this.generation) return { kind: 'stale' };
        this.unread = message.message;
        return { kind: 'arrived', first: message.first, what: 'nothing' };
    }
  }

  private applyDelta(message: Extract<ToView, { type: 'delta' }>): Change {
    if (message.generation < this.generation) return { kind: 'stale' };
    const replaced = message.generation > this.generation;
    if (replaced) {
      this.clear();
      this.title = '';
      this.generation = message.generation;
    }
    const from = this.count;
    if (message.from > from) return { kind: 'gap', expected: from, got: message.from };
    this.take(message);
    const fault = this.append(message, Math.min(from - message.from, message.rounds.count));
    if (fault !== null) return fault;
    // A draft of a round that is already here lost the race with its verdict.
    this.live = message.drafted?.index === this.count ? pending(message.drafted) : null;
    return replaced ? { kind: 'replaced' } : { kind: 'grown', from };
  }

  private take({ header, summary, status, note }: State): void {
    this.header = header ?? this.header;
    this.summary = summary ?? this.summary;
    this.status = status;
    this.note = note;
  }

  /** @param known rounds at the start of the message that are here already */
  private append({ rounds, nodes }: State, known: number): Change | null {
    if (!this.columns.fits(rounds.data, rounds.count)) {
      return { kind: 'faulty', fault: 'the rounds are not as many as it says' };
    }
    const fault = nodes === null ? null : sliceFault(nodes);
    if (fault !== null) return { kind: 'faulty', fault };
    const from = this.count;
    this.columns.append(rounds.data, rounds.count, known);
    if (nodes !== null) this.pages.add(nodes);
    const { column } = this.columns;
    if (this.count > from) this.scale ??= barScale(column.total.subarray(from, this.count));
    this.tally = addRounds(this.tally, this.columns, from, this.count);
    for (let i = from; i < this.count; i++) this.hasPruned ||= column.pruned[i] > 0;
    this.place();
    return null;
  }

  private clear(): void {
    this.header = null;
    this.summary = null;
    this.unread = '';
    this.live = null;
    this.moment = null;
    this.pastSum = { rounds: 0, tally: EMPTY_TALLY };
    this.columns = roundColumns();
    this.tops = [0];
    this.tally = EMPTY_TALLY;
    this.hasPruned = false;
    this.scale = null;
    this.pages.clear();
    this.shown.clear();
    this.whole.clear();
  }

  /** A round's draft as it was before its verdict, null while its nodes are not here. */
  private draftOf(index: number): Pending | null {
    const round = this.round(index);
    if (round === null) return null;
    const { parent, text, nodeDepth, q, source, state } = round;
    return pending(
      { index, parent: [...parent], text: [...text], depth: [...nodeDepth], q: [...q], source: [...source] },
      this.prunedShown ? undefined : (node) => state[node] === 'pruned',
    );
  }

  /** Gives every round that has none its place, below the one before. */
  private place(): void {
    for (let i = this.tops.length - 1; i < this.count; i++) {
      this.tops.push(this.tops[i] + bandHeight(this.head(i), this.prunedShown));
    }
  }
}

function pending(drafted: Drafted, hidden?: (node: number) => boolean): Pending {
  return { drafted, band: layoutBand(drafted, { committed: 0, wanted: false, hidden }) };
}

/** Keeps an entry, and at most `most` of them: the oldest goes. */
function keep<T>(entries: Map<number, T>, key: number, value: T, most: number): void {
  entries.set(key, value);
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(oldest);
  }
}
