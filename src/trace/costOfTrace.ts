import type { CostPoint } from '../decoding/costModel';
import { curveOfForwards, isFullGrid, scaledCurve, type VerifyCost } from '../decoding/verifyCost';
import { verifiedRows } from './roundFacts';
import type { Round, TraceHeader } from './schema';
import { eachOf, type Steps } from './steps';

/**
 * v(T) of a run: the curve that its header holds, else what its rounds tell; null where neither tells enough.
 * A run's first forward is left out, which may have been a cold one.
 */
export function* costOfTrace(header: TraceHeader, rounds: readonly Round[]): Steps<VerifyCost | null> {
  const all = yield* eachOf(rounds.slice(1), forwardOf);
  const forwards = all.filter(({ us }) => us > 0);
  yield;
  const points = header.cost?.points ?? [];
  return isFullGrid(points) ? scaledCurve(points, forwards) : curveOfForwards(forwards);
}

function forwardOf(round: Round): CostPoint {
  return { rows: verifiedRows(round), past: round.kv.before, us: round.t_us.verify };
}
