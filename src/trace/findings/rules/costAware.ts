import { decimal, t } from '../../../l10n';
import { WORTHWHILE } from '../case';
import { evidence, saved, type Rule } from '../finding';

/** Choosing of each draft what pays is predicted to beat every fixed size. */
export const costAware: Rule = {
  id: 'costAware',
  find({ drafted, predicted, policy }) {
    const prediction = predicted?.costAware ?? null;
    if (!drafted || predicted === null || prediction === null || policy !== 'fixed') return null;
    const rivals = [...predicted.budgets.map((point) => point.prediction), ...predicted.shallower];
    if (prediction.ratio < WORTHWHILE || rivals.some(({ ratio }) => ratio >= prediction.ratio)) return null;
    return {
      sentence: t(
        'Verifying of each draft only what pays (costAware) is predicted to give {0} tokens/s, {1} times as many: {2} nodes a round for {3} tokens.',
        decimal(prediction.tokensPerSecond, 1),
        decimal(prediction.ratio, 2),
        decimal(prediction.rowsPerRound - 1, 1),
        decimal(prediction.acceptanceLength, 2),
      ),
      evidence: evidence(
        { ratio: prediction.ratio, nodesPerRound: prediction.rowsPerRound - 1 },
        { chart: 'cost' },
      ),
      gain: prediction,
      setting: { key: 'draftscope.draft.policy', value: 'costAware' },
      weight: saved(prediction.ratio),
    };
  },
};
