import { largest } from '../decoding/order';
import type { VerifyCost } from '../decoding/verifyCost';
import { makeCase } from './findings/case';
import type { Finding } from './findings/finding';
import { findIn, tooShort } from './findings/findings';
import { verifiedRows } from './roundFacts';
import type { Round, TraceHeader } from './schema';
import { measuring, type Statistics } from './statistics/statistics';
import type { Steps } from './steps';
import { budgetPoints, type BudgetPoint } from './whatIf/budgetCurve';
import { Predictor } from './whatIf/predict';

/** All that is concluded from some rounds of a run. Plain data: it can be sent to a view as it is. */
export interface Analysis {
  readonly statistics: Statistics;
  /** Null where the rounds do not tell what forwards of other sizes cost. */
  readonly cost: CostCurve | null;
  /** Null where they were not asked for. */
  readonly findings: readonly Finding[] | null;
}

/** v(T), and what drafts of other sizes are predicted to do. */
export interface CostCurve {
  readonly source: VerifyCost['source'];
  /** The fewest and the most rows that were measured; beyond them the curve goes on straight. */
  readonly measured: readonly [number, number];
  /** Cached tokens after which the curve is told: those of the round in the middle. */
  readonly past: number;
  /** `[rows - 1]` microseconds of a forward, from one row on. */
  readonly curve: readonly number[];
  /** Plain decoding, then fixed drafts by rising size. */
  readonly budgets: readonly BudgetPoint[];
}

/** Rows to which the curve is told at least: a draft of eight nodes. */
const LEAST_ROWS = 9;
/** And at most, whatever a damaged trace claims. */
const MOST_ROWS = 128;

/**
 * Draws the conclusions from a run or a part of it.
 *
 * @param rounds in a row, any part of the run
 * @param why whether to tell why they were not faster, too
 */
export function* analyse(header: TraceHeader, rounds: readonly Round[], why: boolean): Steps<Analysis> {
  if (rounds.length === 0) {
    const statistics = yield* measuring(header, rounds);
    return { statistics, cost: null, findings: why ? [tooShort(rounds)] : null };
  }
  if (why) {
    const run = yield* makeCase(header, rounds);
    const { statistics, predicted } = run;
    const cost = predicted && costCurve(predicted.predictor, predicted.budgets, rounds);
    return { statistics, cost, findings: yield* findIn(run) };
  }
  const statistics = yield* measuring(header, rounds);
  const predictor = yield* Predictor.make(header, rounds);
  const cost = predictor && costCurve(predictor, yield* budgetPoints(predictor, rounds), rounds);
  return { statistics, cost, findings: null };
}

/** v(T) as far as the rounds, what was measured and the predictions go. */
export function costCurve(
  { verify }: Pick<Predictor, 'verify'>,
  budgets: readonly BudgetPoint[],
  rounds: readonly Round[],
): CostCurve {
  const past = rounds[rounds.length >> 1].kv.before;
  const rows = largest([LEAST_ROWS, ...rounds.map(verifiedRows), ...budgets.map(({ nodes }) => nodes + 1)]);
  return {
    source: verify.source,
    measured: verify.rows,
    past,
    curve: Array.from({ length: Math.min(MOST_ROWS, rows) }, (_, i) => verify.estimate(i + 1, past)),
    budgets,
  };
}
