import { t } from '../../l10n';
import type { Statistics } from '../statistics/statistics';
import { formatShare } from '../words';
import { groupAxis, shareAxis } from './axes';
import type { ChartStory } from './chart';

/** How often each depth of the draft was accepted: of all rounds, and of those that accepted the depth above. */
export function depthStory({ byDepth, summary }: Pick<Statistics, 'byDepth' | 'summary'>): ChartStory {
  const { rounds } = summary;
  const accepted = summary.byDepth.map((depth) => depth.accepted);
  const above = (i: number) => (i === 0 ? rounds : accepted[i - 1]);
  const bars = byDepth.map(({ unconditional }, i) => ({
    from: i + 0.15,
    to: i + 0.85,
    y: unconditional ?? 0,
    title: t(
      'depth {0}: accepted in {1} of {2} rounds, {3}',
      i + 1,
      accepted[i],
      rounds,
      formatShare(unconditional),
    ),
  }));
  const points = byDepth.flatMap(({ conditional }, i) =>
    conditional === null ? [] : [{ x: i + 0.5, y: conditional }],
  );
  return {
    chart: {
      label: t('How often each depth of the draft was accepted.'),
      x: groupAxis(
        t('Depth'),
        byDepth.map((_, i) => `${i + 1}`),
      ),
      y: shareAxis(t('Accepted')),
      marks: [
        { series: 'accepted', name: t('of all rounds'), kind: 'bars', bars },
        { series: 'conditional', name: t('of those that accepted the depth above'), kind: 'line', points },
      ],
    },
    summary:
      byDepth.length === 0
        ? t('Nothing was drafted.')
        : t('The first token of a draft held in {0} of {1} rounds.', accepted[0], rounds),
    formulas: [
      t('Of all rounds (unconditional) = rounds that accepted a node at the depth ÷ rounds.'),
      t(
        'Conditional = rounds that accepted a node at the depth ÷ rounds that accepted one at the depth above; at depth 1 ÷ rounds.',
      ),
      t('A round whose draft ended above a depth counts as a miss there.'),
    ],
    tables: [
      {
        caption: t('Acceptance by depth'),
        columns: [t('depth'), t('proposed'), t('accepted'), t('of all rounds'), t('conditional')],
        rows: byDepth.map(({ conditional, unconditional }, i) => [
          `${i + 1}`,
          `${summary.byDepth[i].proposed}`,
          `${accepted[i]}`,
          `${accepted[i]} ÷ ${rounds} = ${formatShare(unconditional)}`,
          `${accepted[i]} ÷ ${above(i)} = ${formatShare(conditional)}`,
        ]),
      },
    ],
  };
}
