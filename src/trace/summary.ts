import { measureRounds } from '../decoding/metrics';
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
  const { byDepth, t_us, ...metrics } = measureRounds(rounds);
  return {
    type: 'summary',
    finishReason: null,
    promptTokens: header.prompt.tokens.length,
    ...metrics,
    byDepth: [...byDepth],
    t_us: { prefill: header.prefill.t_us, ...t_us },
    ...fallbackOf(rounds),
    ...(rounds.some(({ moved }) => moved !== undefined) ? { moved: movedBytes(rounds) } : {}),
  };
}

function fallbackOf(rounds: readonly Round[]): Pick<Recount, 'fallback'> {
  const round = rounds.find(({ fallback }) => fallback !== undefined);
  return round?.fallback === undefined ? {} : { fallback: { round: round.index, ...round.fallback } };
}

function movedBytes(rounds: readonly Round[]): NonNullable<Round['moved']> {
  const sum = (read: (moved: NonNullable<Round['moved']>) => number): number =>
    rounds.reduce((total, { moved }) => total + (moved === undefined ? 0 : read(moved)), 0);
  return { to_device: sum((moved) => moved.to_device), from_device: sum((moved) => moved.from_device) };
}
