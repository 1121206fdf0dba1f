import { t } from '../../../l10n';
import { percent } from '../../words';
import { evidence, type Rule } from '../finding';

/** Where the time went: what there is to say of any run. */
export const timeSplit: Rule = {
  id: 'timeSplit',
  find({ statistics }) {
    const { draft, verify, sample, commit, total } = statistics.summary.t_us;
    if (total === 0) return null;
    const shares = { draft, verify, sample, commit, rest: statistics.rest };
    const numbers = Object.fromEntries(Object.entries(shares).map(([name, time]) => [name, time / total]));
    return {
      sentence: t(
        'The time went into {0}.',
        Object.entries(numbers)
          .map(([name, share]) => `${name} ${percent(share)}`)
          .join(', '),
      ),
      evidence: evidence(numbers, { chart: 'time' }),
      gain: null,
      setting: null,
      weight: 0,
    };
  },
};
