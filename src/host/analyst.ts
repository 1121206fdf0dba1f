import { analyse, type Analysis } from '../trace/analysis';
import { systemClock, type Clock } from './coalescer';
import { Pacer } from './pacer';
import { readRounds } from './readRounds';
import type { GenerationRecord } from './record';

/** Rounds `[first, last)`. */
export interface RoundRange {
  readonly first: number;
  readonly last: number;
}

/** What is concluded from the rounds that were read: those asked for, or their beginning where they are too many. */
export interface Analysed extends RoundRange {
  readonly analysis: Analysis;
}

/**
 * Draws the conclusions from a record, beside everything else that its thread does: rounds are read piece by piece,
 * and counted and replayed in steps of milliseconds. One question at a time: a later one takes an earlier one's place.
 */
export class Analyst {
  private question = 0;

  constructor(
    private readonly record: GenerationRecord,
    private readonly clock: Clock = systemClock,
    private readonly most?: number,
  ) {}

  /** Nobody waits for an answer any more. */
  stop(): void {
    this.question++;
  }

  /**
   * @param range null for the whole run so far, of which it is also told why it is not faster
   * @returns null where nobody waits for it any more, the record became another one, or has no header yet
   * @throws UserError when the rounds can no longer be read
   */
  async answer(range: RoundRange | null): Promise<Analysed | null> {
    const question = ++this.question;
    const { header, rounds: source, generation } = this.record.state;
    const wanted = () => question === this.question && generation === this.record.state.generation;
    if (header === null) return null;
    const pacer = new Pacer(this.clock);
    const end = Math.min(range?.last ?? Infinity, source.columns.length);
    const first = Math.min(range?.first ?? 0, end);
    const rounds = await readRounds(source, { first, last: end, most: this.most }, pacer, wanted);
    if (rounds === null) return null;
    const analysis = await pacer.run(analyse(header, rounds, range === null), wanted);
    return analysis && { first, last: first + rounds.length, analysis };
  }
}
