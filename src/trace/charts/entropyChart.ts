import { t } from '../../l10n';
import type { EntropyBucket } from '../statistics/entropy';
import { formatShare } from '../words';
import { groupAxis, shareAxis } from './axes';
import type { ChartStory } from './chart';

/** How often the draft held the target's token, by how sure the target was of it. */
export function entropyStory(buckets: readonly EntropyBucket[]): ChartStory {
  const ranges = buckets.map(({ from }, i) => {
    const to = buckets.at(i + 1)?.from;
    return to === undefined ? t('from {0}', from) : t('{0} to {1}', from, to);
  });
  const places = buckets.reduce((sum, { choices }) => sum + choices, 0);
  const hits = buckets.reduce((sum, bucket) => sum + bucket.hits, 0);
  return {
    chart: {
      label: t("How often the draft held the target's token, by the entropy of the target's own law."),
      x: groupAxis(t("Entropy of the target's law, nats"), ranges),
      y: shareAxis(t('Held')),
      marks: [
        {
          series: 'accepted',
          name: t("the draft held the target's token"),
          kind: 'bars',
          bars: buckets.map(({ choices, hits: held }, i) => ({
            from: i + 0.15,
            to: i + 0.85,
            y: held / choices,
            title: t(
              '{0} nats: {1} of {2} places, {3}',
              ranges[i],
              held,
              choices,
              formatShare(held / choices),
            ),
          })),
        },
        {
          series: 'possible',
          name: t("probability of the target's first choice (mean)"),
          kind: 'line',
          points: buckets.map(({ meanTop }, i) => ({ x: i + 0.5, y: meanTop })),
        },
      ],
    },
    summary:
      places === 0
        ? t("The trace does not hold the target's candidates where something was drafted.")
        : t("The draft held the target's token in {0} of {1} places.", hits, places),
    formulas: [
      t('Held = places whose token was drafted and seen by the target ÷ places where something was drafted.'),
      t(
        'Entropy = −Σ p ln p over the candidates that the trace keeps, at least: the rest counts as the least surprising it can be.',
      ),
      t(
        "A single guess is right in a draw at temperature 1 no more often than the target's first choice is probable.",
      ),
    ],
    tables: [
      {
        caption: t('Acceptance by entropy'),
        columns: [t('nats'), t('places'), t('held'), t('share'), t('first choice, mean p')],
        rows: buckets.map(({ choices, hits: held, meanTop }, i) => [
          ranges[i],
          `${choices}`,
          `${held}`,
          formatShare(held / choices),
          formatShare(meanTop),
        ]),
      },
    ],
  };
}
