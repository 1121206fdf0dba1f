import { UserError } from '../../errors';
import type { VerifyCost } from '../../decoding/verifyCost';
import { t } from '../../l10n';
import { costOfTrace } from '../costOfTrace';
import type { Round, TraceHeader } from '../schema';
import { eachOf, finish, type Steps } from '../steps';
import { counted, percent } from '../words';
import { growthOf } from './growth';
import { recordingOf } from './recording';
import { replay, replayRecorded, totalOf, type Ground, type Origin, type Replay } from './replay';
import { roundCost, workOf, type RoundCost, type RoundTime } from './roundCost';
import { isPlain, recordedLimits, type WhatIf } from './setting';

/** Drafts of these drafters are of use as a whole only, so what a part of one would have done cannot be told. */
export const INDIVISIBLE: ReadonlySet<string> = new Set(['lookahead']);

/** Rules that follow the target's own choice at each node, so that any draft leads to the same text. */
const TEXT_PROVES = new Set(['greedy', 'sampled']);

/** Beyond this share of tokens that are estimates, a prediction is an extrapolation. */
const MOSTLY_KNOWN = 0.1;

/**
 * What another setting would have done: a prediction, never an observation. `within`: the text proves each token.
 * `partly`: a few are estimates. `extrapolated`: many are, or v(T) was not measured as far.
 */
export interface Prediction {
  readonly setting: WhatIf;
  readonly tokensPerSecond: number;
  /** Over the recorded run's measured tokens per second. */
  readonly ratio: number;
  readonly acceptanceLength: number;
  readonly rowsPerRound: number;
  /** Microseconds of a round, mean. */
  readonly roundTime: RoundTime;
  readonly support: 'within' | 'partly' | 'extrapolated';
  readonly rounds: Readonly<Record<Origin, number>>;
  /** What was assumed, a sentence each. */
  readonly notes: readonly string[];
}

/** Why nothing can be predicted of a trace. @param name what the sentence calls it */
export function untold(name: string): UserError {
  return new UserError(
    'usage',
    t(
      '{0} does not tell what forwards of other sizes cost: it holds no measured curve, and its forwards are too much alike.',
      name,
    ),
    t('Ask this of a run with drafts of several sizes.'),
  );
}

/** Predicts a run under other settings. */
export class Predictor {
  private constructor(
    private readonly header: TraceHeader,
    private readonly ground: Ground,
    private readonly base: Replay,
    private readonly measured: number,
  ) {}

  /** @returns null where the trace does not tell what forwards of other sizes cost, or has no time at all */
  static of(header: TraceHeader, rounds: readonly Round[]): Predictor | null {
    return finish(Predictor.make(header, rounds));
  }

  /** Like `of`. */
  static *make(header: TraceHeader, rounds: readonly Round[]): Steps<Predictor | null> {
    const verify = yield* costOfTrace(header, rounds);
    if (verify === null) return null;
    const cost = yield* roundCost(rounds, verify);
    const base = replayRecorded(yield* eachOf(rounds, workOf), cost);
    const measured = rounds.reduce((sum, { t_us }) => sum + t_us.total, 0);
    if (measured <= 0 || totalOf(base.time) <= 0) return null;
    yield;
    const recording = yield* recordingOf(rounds);
    const growth = growthOf(recording);
    const limits = recordedLimits(rounds);
    const most = header.limits.maxTokens;
    return new Predictor(header, { recording, growth, limits, most, cost, verify }, base, measured);
  }

  /** The recorded run by the model of its cost, over what was measured: 1 where the model is right. */
  get fit(): number {
    return totalOf(this.base.time) / this.measured;
  }

  get verify(): VerifyCost {
    return this.ground.verify;
  }

  /** Microseconds that the model gives one round. */
  get roundCost(): RoundCost {
    return this.ground.cost;
  }

  /** Whether the trace can tell of drafts of another size. */
  get divisible(): boolean {
    return !INDIVISIBLE.has(this.header.drafter.id);
  }

  /** @throws UserError `usage` for another size of drafts that are of use as a whole only */
  predict(setting: WhatIf): Prediction {
    return finish(this.predicting(setting));
  }

  /** Like `predict`. */
  *predicting(setting: WhatIf): Steps<Prediction> {
    if (!this.divisible && !isPlain(setting)) {
      throw new UserError(
        'usage',
        t(
          'A trace of {0} does not tell what a part of its drafts would have done.',
          this.header.drafter.name,
        ),
        t('Ask for nodes=0, plain decoding, or record another drafter.'),
      );
    }
    const run = yield* replay(this.ground, setting);
    const count = run.rounds.recorded + run.rounds.continued + run.rounds.unknown;
    const added = run.added.nodes + run.added.unknown;
    const tokens = run.tokens + added;
    // The model's own error on the recorded run is taken out of the other's.
    const time = totalOf(run.time) / this.fit;
    const rate = tokens / time;
    const { draft, verify, other } = run.time;
    const beyondCurve = run.mostRows > this.verify.rows[1] || this.verify.rows[0] > 1;
    return {
      setting,
      tokensPerSecond: rate * 1e6,
      ratio: rate / (this.base.tokens / this.measured),
      acceptanceLength: tokens / count,
      rowsPerRound: run.rows / count,
      roundTime: { draft: draft / count, verify: verify / count, other: other / count },
      support: added === 0 && !beyondCurve ? 'within' : supportOf(added / tokens, beyondCurve),
      rounds: run.rounds,
      notes: this.notes(run, tokens, isPlain(setting)),
    };
  }

  private notes(run: Replay, tokens: number, plain: boolean): string[] {
    const { acceptance } = this.header;
    const { continued, unknown } = run.rounds;
    const [fewest, most] = this.verify.rows;
    return [
      this.verify.source === 'measured'
        ? t('v(T) is the one measured on that machine, brought to the speed of this run.')
        : t(
            "v(T) is fitted to this run's own forwards; how it grows with the context is left out of account.",
          ),
      ...(plain || continued === 0
        ? []
        : [
            t(
              '{0} would start inside a recorded draft: what it held from there on stands for the draft made there.',
              counted(continued, 'round'),
            ),
          ]),
      ...(plain || unknown === 0
        ? []
        : [
            t(
              '{0} would start where no draft is recorded: each counts as the mean of the recorded ones.',
              counted(unknown, 'round'),
            ),
          ]),
      ...(run.added.nodes === 0
        ? []
        : [
            t(
              '{0} of the tokens come from nodes beyond the recorded ones, which are taken to bring ever less, as the later recorded ones do.',
              percent(run.added.nodes / tokens),
            ),
          ]),
      ...(run.mostRows > most
        ? [t('No forward of more than {0} rows was measured: v(T) goes on straight.', most)]
        : []),
      ...(fewest > 1
        ? [t('No forward of fewer than {0} rows was measured: v(T) goes on straight.', fewest)]
        : []),
      ...(TEXT_PROVES.has(acceptance.rule)
        ? []
        : [
            t(
              'Under the rule {0} another draft could have led to another text; this one is taken as given.',
              acceptance.rule,
            ),
          ]),
    ];
  }
}

function supportOf(estimatedShare: number, beyondCurve: boolean): Prediction['support'] {
  return estimatedShare > MOSTLY_KNOWN || beyondCurve ? 'extrapolated' : 'partly';
}
