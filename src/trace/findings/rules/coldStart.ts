import { median } from '../../../decoding/order';
import { t } from '../../../l10n';
import { formatDuration, percent } from '../../words';
import { evidence, type Rule } from '../finding';

/** Rounds that may be cold. */
const FIRST = 3;
const SLOW = 2;
const MUCH = 0.03;

/** The first rounds were much slower than the later ones: caches and clocks were cold. */
export const coldStart: Rule = {
  id: 'coldStart',
  find({ rounds, statistics }) {
    const { total } = statistics.summary.t_us;
    if (rounds.length < 4 * FIRST || total === 0) return null;
    const usual = median(rounds.slice(FIRST).map(({ t_us }) => t_us.total));
    const cold = rounds.slice(0, FIRST).filter(({ t_us }) => t_us.total > SLOW * usual);
    const lost = cold.reduce((sum, { t_us }) => sum + t_us.total - usual, 0);
    if (lost < MUCH * total) return null;
    return {
      sentence: t(
        'The run began cold: its first rounds took {0} longer than the later ones, {1} of the time. A longer run, or a second one, is faster.',
        formatDuration(lost),
        percent(lost / total),
      ),
      evidence: evidence({ lost, lostShare: lost / total }, { rounds: cold.map(({ index }) => index) }),
      gain: null,
      setting: null,
      weight: lost / total,
    };
  },
};
