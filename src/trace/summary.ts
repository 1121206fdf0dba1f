import { RunMeter } from '../decoding/metrics';
import type { FinishReason, Round, TraceHeader, TraceSummary } from './schema';

/** A summary of a trace that may lack its own: how it finished is then not known. */
export type Recount = Omit<TraceSummary, 'finishReason'> & { readonly finishReason: FinishReason | null };

/** The summary of a generation, computed from its rounds and from nothing else. */
export function summarise(
  header: TraceHeader,
  rounds: readonly Round[],
  finishReason: FinishReason,
): TraceSummary {
  return { ...recount(header, rounds), finishReason };
}

/** Like `summarise`, for a trace that was cut off: the count of the rounds that are there. */
export function recount(header: TraceHeader, rounds: readonly Round[]): Recount {
  const counter = new RoundCounter();
  for (const round of rounds) counter.add(round);
  return counter.recount(header);
}

/** The rounds of a trace of any length, counted one by one. */
export class RoundCounter {
  private readonly meter = new RunMeter();
  private fallback: Pick<Recount, 'fallback'> = {};
  private moved: NonNullable<Round['moved']> | null = null;

  add(round: Round): void {
    this.meter.add(round);
    const { fallback, moved } = round;
    if (fallback !== undefined && this.fallback.fallback === undefined) {
      this.fallback = { fallback: { round: round.index, ...fallback } };
    }
    if (moved === undefined) return;
    const sum = (this.moved ??= { to_device: 0, from_device: 0 });
    sum.to_device += moved.to_device;
    sum.from_device += moved.from_device;
  }

  /** Of the rounds so far. */
  recount(header: TraceHeader): Recount {
    const { byDepth, t_us, ...metrics } = this.meter.metrics;
    return {
      type: 'summary',
      finishReason: null,
      promptTokens: header.prompt.tokens.length,
      ...metrics,
      byDepth: [...byDepth],
      t_us: { prefill: header.prefill.t_us, ...t_us },
      ...this.fallback,
      ...(this.moved === null ? {} : { moved: { ...this.moved } }),
    };
  }
}
