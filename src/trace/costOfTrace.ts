import type { CostPoint } from '../decoding/costModel';
import { curveOfForwards, isFullGrid, scaledCurve, type VerifyCost } from '../decoding/verifyCost';
import { verifiedRows } from './roundFacts';
import type { Round, TraceHeader } from './schema';

/** The run's own forwards. */
export function forwardsOf(rounds: readonly Round[]): CostPoint[] {
  return rounds
    .map((round) => ({ rows: verifiedRows(round), past: round.kv.before, us: round.t_us.verify }))
    .filter(({ us }) => us > 0);
}

/**
 * v(T) of a run: the curve that its header holds, else what its rounds tell; null where neither tells enough.
 * A run's first forward is left out, which may have been a cold one.
 */
export function costOfTrace(header: TraceHeader, rounds: readonly Round[]): VerifyCost | null {
  const forwards = forwardsOf(rounds.slice(1));
  const points = header.cost?.points ?? [];
  return isFullGrid(points) ? scaledCurve(points, forwards) : curveOfForwards(forwards);
}
