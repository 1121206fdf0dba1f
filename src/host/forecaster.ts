import type { Extent } from '../trace/extent';
import { Forecasts, type Forecast } from '../trace/whatIf/forecast';
import type { Changes } from '../trace/whatIf/setting';
import { t } from '../l10n';
import { systemClock, type Clock } from './coalescer';
import { Pacer } from './pacer';
import { readRounds } from './readRounds';
import type { GenerationRecord } from './record';

/** What was made ready to be asked, and of which rounds. */
interface Ready {
  readonly generation: number;
  readonly about: Extent;
  readonly forecasts: Forecasts;
}

/** The answer to a what-if question, and how much of the run it is about. */
export interface Foreseen {
  readonly forecast: Forecast;
  readonly about: Extent;
}

/**
 * Answers what-if questions about a record, beside everything else that its thread does. One question at a time: a
 * later one takes an earlier one's place, and shares what was read for it.
 */
export class Forecaster {
  private question = 0;
  private ready: Ready | null = null;

  constructor(
    private readonly record: GenerationRecord,
    private readonly clock: Clock = systemClock,
    private readonly most?: number,
  ) {}

  /** Nobody waits for an answer any more. */
  stop(): void {
    this.question++;
    this.ready = null;
  }

  /**
   * @returns null where nobody waits for it any more, the record became another one, or has no header yet
   * @throws UserError when the rounds do not tell enough, or can no longer be read
   */
  async answer(changes: Changes): Promise<Foreseen | null> {
    const question = ++this.question;
    const { generation } = this.record.state;
    const wanted = () => question === this.question && generation === this.record.state.generation;
    const pacer = new Pacer(this.clock);
    const ready = await this.prepare(pacer, wanted);
    const forecast = ready && (await pacer.run(ready.forecasts.forecast(changes), wanted));
    return forecast && { forecast, about: ready.about };
  }

  private async prepare(pacer: Pacer, wanted: () => boolean): Promise<Ready | null> {
    const { header, rounds: source, generation, title } = this.record.state;
    const { length } = source.columns;
    if (header === null) return null;
    if (this.ready?.generation === generation && this.ready.about.of === length) return this.ready;
    const rounds = await readRounds(source, { first: 0, last: length, most: this.most }, pacer, wanted);
    if (rounds === null) return null;
    const name = title === '' ? t('This run') : title;
    const forecasts = await pacer.run(Forecasts.make(header, rounds, name), wanted);
    if (forecasts === null) return null;
    this.ready = { generation, about: { rounds: rounds.length, of: length }, forecasts };
    return this.ready;
  }
}
