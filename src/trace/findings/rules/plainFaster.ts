import { decimal, t } from '../../../l10n';
import { totalOf } from '../../whatIf/replay';
import { evidence, saved, type Rule } from '../finding';

/** Below this a prediction does not tell the two apart. */
const CLEARLY = 1.03;

/** Speculation costs more than it brings, and no smaller draft is predicted to mend that. */
export const plainFaster: Rule = {
  id: 'plainFaster',
  find({ drafted, predicted, statistics }) {
    if (!drafted || predicted === null) return null;
    const { plain, best, costAware, predictor } = predicted;
    if (plain.ratio < CLEARLY || best.nodes > 0 || (costAware?.ratio ?? 0) > plain.ratio) return null;
    const { acceptanceLength } = statistics.summary;
    const time = statistics.summary.t_us.total / statistics.summary.rounds;
    const steps = (time * predictor.fit) / totalOf(plain.roundTime);
    return {
      sentence: t(
        'Plain decoding is predicted to be {0} times as fast here, {1} tokens/s: a round costs {2} plain steps and gives {3} tokens.',
        decimal(plain.ratio, 2),
        decimal(plain.tokensPerSecond, 1),
        decimal(steps, 2),
        decimal(acceptanceLength ?? 0, 2),
      ),
      evidence: evidence(
        { ratio: plain.ratio, plainSteps: steps, acceptanceLength: acceptanceLength ?? 0 },
        { chart: 'cost' },
      ),
      gain: plain,
      setting: { key: 'draftscope.drafter', value: 'none' },
      weight: saved(plain.ratio),
    };
  },
};
