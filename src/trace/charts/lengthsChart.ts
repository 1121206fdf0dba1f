import { largest } from '../../decoding/order';
import { decimal, t } from '../../l10n';
import { formatShare } from '../words';
import { groupAxis, numberAxis } from './axes';
import type { ChartStory } from './chart';

/** Drafts by the number of their tokens that were accepted. `counts[n]`: drafts of which n were. */
export function lengthsStory(counts: readonly number[]): ChartStory {
  const drafts = counts.reduce((sum, count) => sum + count, 0);
  const accepted = counts.reduce((sum, count, length) => sum + count * length, 0);
  const mean = drafts === 0 ? null : accepted / drafts;
  return {
    chart: {
      label: t('Drafts by the number of their tokens that were accepted.'),
      x: groupAxis(
        t('Accepted tokens'),
        counts.map((_, length) => `${length}`),
      ),
      y: numberAxis(t('Drafts'), largest([0, ...counts])),
      marks: [
        {
          series: 'accepted',
          name: t('drafts'),
          kind: 'bars',
          bars: counts.map((count, length) => ({
            from: length + 0.1,
            to: length + 0.9,
            y: count,
            title: t('{0} accepted: {1} drafts, {2}', length, count, formatShare(count / drafts)),
          })),
        },
      ],
    },
    summary:
      mean === null
        ? t('Nothing was drafted.')
        : t(
            'A draft gave {0} accepted tokens on average; {1} of {2} gave none.',
            decimal(mean, 2),
            counts[0],
            drafts,
          ),
    formulas: [
      t(
        'Mean = accepted tokens ÷ drafts = {0} ÷ {1}. Rounds that verified no draft are left out.',
        accepted,
        drafts,
      ),
    ],
    tables: [
      {
        caption: t('Drafts by accepted tokens'),
        columns: [t('accepted'), t('drafts'), t('share')],
        rows: counts.map((count, length) => [`${length}`, `${count}`, formatShare(count / drafts)]),
      },
    ],
  };
}
