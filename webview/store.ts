import type { Drafted } from '../src/protocol/engine';
import type { ToView, ViewStatus } from '../src/protocol/view';
import type { Round, TraceHeader, TraceSummary } from '../src/trace/schema';
import { barScale, layoutBand, type BandLayout } from './layout';
import { wanted } from './reasons';
import { addRound, EMPTY_TALLY, stripColumn, type StripColumn, type Tally } from './tally';

/** What a message did to the record. `gap`: rounds are missing, the view must ask for a snapshot. */
export type Change =
  | { readonly kind: 'replaced' }
  | { readonly kind: 'grown'; readonly from: number }
  | { readonly kind: 'stale' }
  | { readonly kind: 'gap'; readonly expected: number; readonly got: number };

/**
 * The record as the view has it: append-only, with what is derived from each round made once, when it
 * arrives. No DOM, so that it is tested in Node.
 */
export class RecordStore {
  generation = -1;
  layout: 'panel' | 'wide' = 'panel';
  title = '';
  header: TraceHeader | null = null;
  summary: TraceSummary | null = null;
  status: ViewStatus = { kind: 'empty' };
  drafted: Drafted | null = null;
  rounds: Round[] = [];
  bands: BandLayout[] = [];
  /** `[rounds + 1]` each band's top, in CSS pixels, and the end of the last one. */
  tops: number[] = [0];
  draftBand: BandLayout | null = null;
  columns: StripColumn[] = [];
  tally: Tally = EMPTY_TALLY;
  hasPruned = false;
  /** Microseconds that a whole time bar stands for; null before the first round. */
  scale: number | null = null;
  private prunedShown = false;

  get showPruned(): boolean {
    return this.prunedShown;
  }

  /** Showing pruned nodes makes rows longer, so every band is laid out again. */
  set showPruned(shown: boolean) {
    this.prunedShown = shown;
    this.bands = [];
    this.tops = [0];
    for (const round of this.rounds) this.place(round);
  }

  /** Height of all bands, the one that is being drafted included. */
  get height(): number {
    return this.tops[this.rounds.length] + (this.draftBand?.height ?? 0);
  }

  apply(message: ToView): Change {
    switch (message.type) {
      case 'snapshot':
        this.clear();
        this.generation = message.generation;
        this.layout = message.layout;
        this.title = message.title;
        this.header = message.header;
        this.summary = message.summary;
        this.status = message.status;
        this.append(message.rounds);
        return { kind: 'replaced' };
      case 'delta':
        return this.applyDelta(message);
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
    const from = this.rounds.length;
    const fresh = message.rounds.filter((round) => round.index >= from);
    const got = fresh.at(0)?.index ?? from;
    if (got !== from) return { kind: 'gap', expected: from, got };

    this.header = message.header ?? this.header;
    this.summary = message.summary ?? this.summary;
    this.status = message.status;
    this.append(fresh);
    // A draft of a round that is already here lost the race with its verdict.
    this.drafted = message.drafted?.index === this.rounds.length ? message.drafted : null;
    this.draftBand = this.drafted === null ? null : layoutBand(this.drafted, { committed: 0, wanted: false });
    return replaced ? { kind: 'replaced' } : { kind: 'grown', from };
  }

  private clear(): void {
    this.header = null;
    this.summary = null;
    this.drafted = null;
    this.draftBand = null;
    this.rounds = [];
    this.bands = [];
    this.tops = [0];
    this.columns = [];
    this.tally = EMPTY_TALLY;
    this.hasPruned = false;
    this.scale = null;
  }

  private append(rounds: readonly Round[]): void {
    if (rounds.length > 0) this.scale ??= barScale(rounds.map((round) => round.t_us.total));
    for (const round of rounds) {
      this.rounds.push(round);
      this.columns.push(stripColumn(round));
      this.tally = addRound(this.tally, round);
      this.hasPruned ||= round.state.includes('pruned');
      this.place(round);
    }
  }

  private place(round: Round): void {
    const hidden = this.prunedShown ? undefined : (node: number) => round.state[node] === 'pruned';
    const band = layoutBand(round, {
      committed: round.emitted.length,
      wanted: wanted(round) !== null,
      hidden,
    });
    this.bands.push(band);
    this.tops.push(this.tops[this.tops.length - 1] + band.height);
  }
}
