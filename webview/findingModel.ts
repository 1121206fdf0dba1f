import { t } from '../src/l10n';
import { supportText } from '../src/trace/charts/costChart';
import type { EvidentChart, Finding, SettingChange } from '../src/trace/findings/finding';
import type { Item } from '../src/trace/item';

/** A finding as it is shown: a sentence, where one sees it, and what can be done. */
export interface FindingModel {
  readonly rule: string;
  readonly sentence: string;
  /** What kind of sentence it is, told by shape: all is well, or something is to be gained. */
  readonly tone: 'good' | 'gain' | 'fact';
  readonly chart: EvidentChart | null;
  /** What shows it, one after another. */
  readonly items: readonly Item[];
  /** How sure a prediction is; null where nothing is predicted. */
  readonly support: string | null;
  readonly action: { readonly label: string; readonly change: SettingChange } | null;
}

export function findingModel({ rule, sentence, evidence, gain, setting }: Finding): FindingModel {
  const nodes = evidence.nodes.map(({ round, node }): Item => ({ at: 'node', round, node }));
  const rounds = [...new Set(evidence.rounds)].map((round): Item => ({ at: 'round', round }));
  return {
    rule,
    sentence,
    tone: rule === 'wellTuned' ? 'good' : setting === null ? 'fact' : 'gain',
    chart: evidence.chart,
    items: nodes.length > 0 ? nodes : rounds,
    support: gain === null ? null : t('A prediction, {0}.', supportText(gain.support)),
    action: setting === null ? null : { label: actionLabel(setting), change: setting },
  };
}

function actionLabel({ key, value }: SettingChange): string {
  switch (key) {
    case 'draftscope.drafter':
      return t('Set the drafter to {0}', value);
    case 'draftscope.weights':
      return t('Set the weights to {0}', value);
    case 'draftscope.draft.policy':
      return t('Set the draft policy to {0}', value);
    case 'draftscope.draft.nodes':
      return t('Set draft nodes to {0}', value);
    case 'draftscope.draft.depth':
      return t('Set draft depth to {0}', value);
  }
}
