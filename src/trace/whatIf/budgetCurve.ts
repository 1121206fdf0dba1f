import { totalOf } from './replay';
import type { Prediction, Predictor } from './predict';
import { PLAIN, recordedLimits } from './setting';
import type { Round } from '../schema';
import { finish, type Steps } from '../steps';

/** What drafts of one size would have done: a prediction. */
export interface BudgetPoint {
  readonly nodes: number;
  readonly prediction: Prediction;
  /** Tokens that a round must give to be as fast as plain decoding: its time over that of a plain step. */
  readonly breakEven: number;
}

/** Sizes worth asking about: powers of two, up to twice what was recorded. */
const SIZES = [1, 2, 4, 8, 16, 32, 64];

/**
 * Plain decoding, then fixed drafts by rising size. What lies beyond the recorded size is an extrapolation and
 * says so.
 */
export function budgetCurve(predictor: Predictor, rounds: readonly Round[]): BudgetPoint[] {
  return finish(budgetPoints(predictor, rounds));
}

/** Like `budgetCurve`. */
export function* budgetPoints(predictor: Predictor, rounds: readonly Round[]): Steps<BudgetPoint[]> {
  const plain = yield* predictor.predicting(PLAIN);
  const step = totalOf(plain.roundTime);
  const { nodes, depth } = recordedLimits(rounds);
  const sizes = !predictor.divisible || nodes === 0 ? [] : SIZES.filter((size) => size <= 2 * nodes);
  const drafts = [...new Set([...sizes, ...(sizes.length > 0 ? [nodes] : [])])].sort((a, b) => a - b);
  const points: BudgetPoint[] = [{ nodes: 0, prediction: plain, breakEven: 1 }];
  for (const size of drafts) {
    // Twice the nodes of a chain are twice as deep; a tree keeps its depth.
    const levels = size > nodes && depth >= nodes ? size : Math.min(depth, size);
    const prediction = yield* predictor.predicting({ ...PLAIN, nodes: size, depth: levels });
    points.push({ nodes: size, prediction, breakEven: totalOf(prediction.roundTime) / step });
  }
  return points;
}

/** The fastest of the sizes; of equals the smallest. */
export function bestBudget(points: readonly BudgetPoint[]): BudgetPoint {
  return points.reduce((best, point) => (point.prediction.ratio > best.prediction.ratio ? point : best));
}
