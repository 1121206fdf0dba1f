import { WORTHWHILE, type Predicted } from '../case';
import { evidence, saved, type Rule, type SettingChange } from '../finding';
import type { Prediction } from '../../whatIf/predict';

interface Candidate {
  readonly prediction: Prediction;
  readonly change: SettingChange & { readonly value: number };
}

/** Drafts of another size are predicted to be faster: longer or shorter ones than this text takes. */
export const draftSize: Rule = {
  id: 'draftSize',
  find({ drafted, predicted, nodes, depth }) {
    if (!drafted || predicted === null) return null;
    const best = fastest(predicted, nodes);
    if (best === null) return null;
    const { prediction, change } = best;
    const byPolicy = predicted.costAware?.ratio ?? 0;
    if (prediction.ratio < WORTHWHILE || prediction.ratio < Math.max(byPolicy, predicted.plain.ratio))
      return null;
    const isDepth = change.key === 'draftscope.draft.depth';
    const recorded = isDepth ? depth : nodes;
    const what = isDepth
      ? `a depth of ${change.value}`
      : `at most ${change.value} ${change.value === 1 ? 'node' : 'nodes'}`;
    const verdict = change.value < recorded ? 'Drafts are too long for this text' : 'Drafts end too early';
    const sure = prediction.support === 'extrapolated' ? ', by extrapolation' : '';
    return {
      sentence:
        `${verdict}: ${what} instead of ${recorded} is predicted to give ${prediction.tokensPerSecond.toFixed(1)} ` +
        `tokens/s, ${prediction.ratio.toFixed(2)} times as many${sure}.`,
      evidence: evidence({ ratio: prediction.ratio, recorded, proposed: change.value }, { chart: 'cost' }),
      gain: prediction,
      setting: change,
      weight: saved(prediction.ratio),
    };
  },
};

function fastest({ budgets, shallower }: Predicted, nodes: number): Candidate | null {
  const candidates: Candidate[] = [
    ...budgets
      .filter((point) => point.nodes > 0 && point.nodes !== nodes)
      .map(({ nodes: value, prediction }) => ({
        prediction,
        change: { key: 'draftscope.draft.nodes' as const, value },
      })),
    ...shallower.map((prediction) => ({
      prediction,
      change: { key: 'draftscope.draft.depth' as const, value: prediction.setting.depth },
    })),
  ];
  if (candidates.length === 0) return null;
  return candidates.reduce((best, one) => (one.prediction.ratio > best.prediction.ratio ? one : best));
}
