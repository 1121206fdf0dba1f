import { depthRates, type DepthRates } from '../../decoding/metrics';
import type { Round, TraceHeader } from '../schema';
import { finish, type Steps } from '../steps';
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
  return finish(measuring(header, rounds));
}

/** Like `measureTrace`. */
export function* measuring(header: TraceHeader, rounds: readonly Round[]): Steps<Statistics> {
  const summary = recount(header, rounds);
  yield;
  const counts = yield* countRun(rounds);
  const hits = yield* hitsByRank(rounds);
  const ranks = yield* targetRanks(rounds);
  const entropy = yield* entropyBuckets(rounds, header.model.vocabulary);
  const classes = yield* countByClass(rounds);
  const { draft, verify, sample, commit, total } = summary.t_us;
  return {
    summary,
    counts,
    byDepth: depthRates(summary.byDepth, rounds.length),
    acceptedLengths: acceptedLengths(rounds),
    hits,
    targetRanks: ranks,
    entropy,
    classes,
    rest: Math.max(0, total - draft - verify - sample - commit),
  };
}
