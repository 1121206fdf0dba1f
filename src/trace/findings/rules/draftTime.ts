import { t } from '../../../l10n';
import { formatDuration, percent } from '../../words';
import { evidence, type Rule } from '../finding';

const MUCH = 0.15;

/** Drafting itself takes a good part of the time. */
export const draftTime: Rule = {
  id: 'draftTime',
  find({ statistics, drafted, header, rounds }) {
    const { t_us: time } = statistics.summary;
    if (!drafted || time.total === 0 || time.draft < MUCH * time.total) return null;
    const share = time.draft / time.total;
    const slowest = [...rounds].sort((a, b) => b.t_us.draft - a.t_us.draft).slice(0, 10);
    return {
      sentence: t(
        'Drafting takes {0} of the time, {1} a round: {2} must get cheaper, or draft less deep.',
        percent(share),
        formatDuration(time.draft / rounds.length),
        header.drafter.name,
      ),
      evidence: evidence({ draftShare: share }, { chart: 'time', rounds: slowest.map(({ index }) => index) }),
      gain: null,
      setting: null,
      weight: share,
    };
  },
};
