import { verifiedRows } from '../roundFacts';
import type { Round, TraceHeader } from '../schema';
import { measuring, type Statistics } from '../statistics/statistics';
import { finish, type Steps } from '../steps';
import { bestBudget, budgetPoints, type BudgetPoint } from '../whatIf/budgetCurve';
import { Predictor, type Prediction } from '../whatIf/predict';
import { recordedLimits } from '../whatIf/setting';

/** A gain that is worth a sentence; predictions are not more exact than this. */
export const WORTHWHILE = 1.05;

/** What the rules look at: a run, its statistics, and what other settings are predicted to do. */
export interface Case {
  readonly header: TraceHeader;
  readonly rounds: readonly Round[];
  readonly statistics: Statistics;
  /** Whether anything was drafted at all. */
  readonly drafted: boolean;
  /** The largest budget, and the id of the policy that gave it. */
  readonly nodes: number;
  readonly depth: number;
  readonly policy: string;
  /** Rows of a round's forward, mean. */
  readonly meanRows: number;
  /** Null where the trace does not tell what forwards of other sizes cost. */
  readonly predicted: Predicted | null;
}

export interface Predicted {
  readonly predictor: Predictor;
  readonly plain: Prediction;
  /** Plain decoding, then fixed drafts by rising size. */
  readonly budgets: readonly BudgetPoint[];
  readonly best: BudgetPoint;
  /** The same nodes on shorter paths; empty where drafts cannot be cut. */
  readonly shallower: readonly Prediction[];
  /** Null where drafts cannot be cut. */
  readonly costAware: Prediction | null;
}

/** @param rounds at least one */
export function caseOf(header: TraceHeader, rounds: readonly Round[]): Case {
  return finish(makeCase(header, rounds));
}

/** Like `caseOf`. */
export function* makeCase(header: TraceHeader, rounds: readonly Round[]): Steps<Case> {
  const statistics = yield* measuring(header, rounds);
  const { nodes, depth } = recordedLimits(rounds);
  return {
    header,
    rounds,
    statistics,
    drafted: statistics.counts.offered > 0,
    nodes,
    depth,
    policy: rounds[0].budget.policy,
    meanRows: rounds.reduce((sum, round) => sum + verifiedRows(round), 0) / rounds.length,
    predicted: yield* predictedOf(header, rounds, nodes, depth),
  };
}

function* predictedOf(
  header: TraceHeader,
  rounds: readonly Round[],
  nodes: number,
  depth: number,
): Steps<Predicted | null> {
  const predictor = yield* Predictor.make(header, rounds);
  if (predictor === null) return null;
  const budgets = yield* budgetPoints(predictor, rounds);
  const cuts = predictor.divisible && nodes > 0 && depth > 0;
  const levels = [1, 2, 3, 4, 6, 8].filter((level) => level < Math.min(nodes, depth));
  const setting = { policy: 'fixed', nodes, depth, width: null, minQ: 0 } as const;
  const shallower: Prediction[] = [];
  for (const level of cuts ? levels : []) {
    shallower.push(yield* predictor.predicting({ ...setting, depth: level }));
  }
  return {
    predictor,
    plain: budgets[0].prediction,
    budgets,
    best: bestBudget(budgets),
    shallower,
    costAware: cuts ? yield* predictor.predicting({ ...setting, policy: 'costAware' }) : null,
  };
}
