import { otherTime, verifiedRows } from '../roundFacts';
import type { Round, TraceHeader } from '../schema';
import type { Steps } from '../steps';
import { budgetPoints, type BudgetPoint } from './budgetCurve';
import { Predictor, untold, type Prediction } from './predict';
import { changedSetting, recordedLimits, type Changes, type WhatIf } from './setting';

/** What was measured of the recorded run, to stand beside a prediction. */
export type Recorded = Pick<
  Prediction,
  'tokensPerSecond' | 'acceptanceLength' | 'rowsPerRound' | 'roundTime'
>;

/** The answer to a what-if question. */
export interface Forecast {
  readonly recorded: Recorded;
  readonly prediction: Prediction;
  /** Plain decoding, then fixed drafts by rising size: predictions. */
  readonly budgets: readonly BudgetPoint[];
  /** The limits of the recorded run. */
  readonly limits: Pick<WhatIf, 'nodes' | 'depth'>;
  /** Whether the drafter gave its probabilities, so that a least one can be asked about. */
  readonly withQ: boolean;
  /** Whether drafts of other sizes can be asked about. */
  readonly divisible: boolean;
}

/** Answers what-if questions about one run, whose preparation they share. */
export class Forecasts {
  private constructor(
    private readonly predictor: Predictor,
    private readonly about: Omit<Forecast, 'prediction'>,
  ) {}

  /**
   * @param name what errors call the trace
   * @throws UserError `usage` when the trace does not tell enough
   */
  static *make(header: TraceHeader, rounds: readonly Round[], name: string): Steps<Forecasts> {
    const predictor = yield* Predictor.make(header, rounds);
    if (predictor === null) throw untold(name);
    const budgets = yield* budgetPoints(predictor, rounds);
    return new Forecasts(predictor, {
      recorded: recordedOf(rounds),
      budgets,
      limits: recordedLimits(rounds),
      withQ: rounds.some(({ q }) => q.some((one) => one !== null)),
      divisible: predictor.divisible,
    });
  }

  /** @throws UserError `usage` for another size of drafts that are of use as a whole only */
  *forecast(changes: Changes): Steps<Forecast> {
    const { predictor, about } = this;
    // Nothing else can be asked of drafts that are of use as a whole only.
    const limits = predictor.divisible ? about.limits : { nodes: 0, depth: 0 };
    const prediction = yield* predictor.predicting(changedSetting(limits, changes));
    return { ...about, prediction };
  }
}

/** @param rounds at least one */
function recordedOf(rounds: readonly Round[]): Recorded {
  const sum = (read: (round: Round) => number) => rounds.reduce((total, round) => total + read(round), 0);
  const mean = (read: (round: Round) => number) => sum(read) / rounds.length;
  const tokens = sum(({ emitted }) => emitted.length);
  return {
    tokensPerSecond: (tokens * 1e6) / sum(({ t_us }) => t_us.total),
    acceptanceLength: tokens / rounds.length,
    rowsPerRound: mean(verifiedRows),
    roundTime: {
      draft: mean(({ t_us }) => t_us.draft),
      verify: mean(({ t_us }) => t_us.verify),
      other: mean(otherTime),
    },
  };
}
