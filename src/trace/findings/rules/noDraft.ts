import { decimal, t } from '../../../l10n';
import { evidence, type Rule } from '../finding';

/** Nodes for which the break-even is told. */
const NODES = 8;

/** Plain decoding: what a draft would have to bring. */
export const noDraft: Rule = {
  id: 'noDraft',
  find({ header, drafted, predicted, rounds }) {
    if (drafted) return null;
    const isPlain = header.drafter.id === 'none';
    let sentence = isPlain
      ? t('Nothing was drafted: this is plain decoding')
      : t('{0} offered nothing at all', header.drafter.name);
    const numbers: Record<string, number> = {};
    if (predicted !== null) {
      const { verify } = predicted.predictor;
      const past = rounds[rounds.length >> 1].kv.before;
      numbers.cost = verify.estimate(NODES + 1, past) / verify.estimate(1, past);
      sentence += t(
        '. A draft of {0} nodes would cost {1} plain steps here, so it pays from {2} accepted tokens a round',
        NODES,
        decimal(numbers.cost, 2),
        decimal(numbers.cost - 1, 2),
      );
    }
    return {
      sentence: `${sentence}.`,
      evidence: evidence(numbers, { chart: 'cost' }),
      gain: null,
      setting: { key: 'draftscope.drafter', value: isPlain ? 'suffix' : 'best-of' },
      weight: 0.5,
    };
  },
};
