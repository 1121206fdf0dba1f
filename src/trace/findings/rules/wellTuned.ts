import { decimal, t } from '../../../l10n';
import { WORTHWHILE } from '../case';
import { evidence, type Rule } from '../finding';

/** Nothing that the trace can tell of is predicted to be faster. */
export const wellTuned: Rule = {
  id: 'wellTuned',
  find({ drafted, predicted }) {
    if (!drafted || predicted === null) return null;
    const { budgets, shallower, costAware, plain } = predicted;
    const others = [
      ...budgets.map(({ prediction }) => prediction),
      ...shallower,
      ...(costAware === null ? [] : [costAware]),
    ];
    const best = others.reduce((most, { ratio }) => Math.max(most, ratio), 0);
    if (best >= WORTHWHILE || plain.ratio >= 1) return null;
    const gained = 1 / plain.ratio;
    return {
      sentence: t(
        'Well tuned: this run is {0} times as fast as plain decoding is predicted to be, and no other size of draft or budget policy is predicted to gain {1} % more.',
        decimal(gained, 2),
        Math.round(100 * (WORTHWHILE - 1)),
      ),
      evidence: evidence({ overPlain: gained, bestOther: best }, { chart: 'cost' }),
      gain: null,
      setting: null,
      weight: 1,
    };
  },
};
