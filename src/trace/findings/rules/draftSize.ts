import { decimal, plural, t } from '../../../l10n';
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
      ? t('a depth of {0}', change.value)
      : plural(change.value, 'at most {0} node', 'at most {0} nodes');
    const verdict =
      change.value < recorded ? t('Drafts are too long for this text') : t('Drafts end too early');
    const sure = prediction.support === 'extrapolated' ? t(', by extrapolation') : '';
    return {
      sentence: t(
        '{0}: {1} instead of {2} is predicted to give {3} tokens/s, {4} times as many{5}.',
        verdict,
        what,
        recorded,
        decimal(prediction.tokensPerSecond, 1),
        decimal(prediction.ratio, 2),
        sure,
      ),
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
