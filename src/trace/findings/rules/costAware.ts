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
      sentence:
        `Verifying of each draft only what pays (costAware) is predicted to give ` +
        `${prediction.tokensPerSecond.toFixed(1)} tokens/s, ${prediction.ratio.toFixed(2)} times as many: ` +
        `${(prediction.rowsPerRound - 1).toFixed(1)} nodes a round for ` +
        `${prediction.acceptanceLength.toFixed(2)} tokens.`,
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
