import { depthRates, type DepthRates } from '../../decoding/metrics';
import type { Round, TraceHeader } from '../schema';
import { recount, type Recount } from '../summary';
import { acceptedLengths } from './acceptedLengths';
import { countRun, type RunCounts } from './definitions';
import { entropyBuckets, type EntropyBucket } from './entropy';
import { hitsByRank, targetRanks, type DepthHits, type TargetRanks } from './ranks';
import { countByClass, type ClassCount } from './tokenClasses';

/** What a run's rounds add up to. Plain data: it can be sent to a view as it is. */
export interface Statistics {
  readonly summary: Recount;
  readonly counts: RunCounts;
  readonly byDepth: readonly DepthRates[];
  readonly acceptedLengths: readonly number[];
  readonly hits: readonly DepthHits[];
  readonly targetRanks: TargetRanks;
  readonly entropy: readonly EntropyBucket[];
  readonly classes: readonly ClassCount[];
  /** Microseconds of the rounds' total that no phase accounts for: messages and the trace. */
  readonly rest: number;
}

/** Computed from a trace's rounds and from nothing else. */
export function measureTrace(header: TraceHeader, rounds: readonly Round[]): Statistics {
  const summary = recount(header, rounds);
  const { draft, verify, sample, commit, total } = summary.t_us;
  return {
    summary,
    counts: countRun(rounds),
    byDepth: depthRates(summary.byDepth, rounds.length),
    acceptedLengths: acceptedLengths(rounds),
    hits: hitsByRank(rounds),
    targetRanks: targetRanks(rounds),
    entropy: entropyBuckets(rounds, header.model.vocabulary),
    classes: countByClass(rounds),
    rest: Math.max(0, total - draft - verify - sample - commit),
  };
}
