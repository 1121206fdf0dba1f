import { largest } from '../decoding/order';
import type { VerifyCost } from '../decoding/verifyCost';
import { publishedMetrics, valueText, type Metric } from '../trace/statistics/definitions';
import type { DepthHits } from '../trace/statistics/ranks';
import type { Statistics } from '../trace/statistics/statistics';
import type { BudgetPoint } from '../trace/whatIf/budgetCurve';
import { formatDuration, formatShare, table } from './format';

/** Everything that can be counted, each metric with its formula here and in other programs. */
export function statisticsReport(
  statistics: Statistics,
  cost: {
    readonly verify: VerifyCost;
    readonly past: number;
    readonly budgets: readonly BudgetPoint[];
  } | null,
): string {
  return [
    ...publishedMetrics().map((metric) => metricText(metric, statistics)),
    lengths(statistics.acceptedLengths),
    hits(statistics.hits),
    entropy(statistics),
    classes(statistics),
    ...(cost === null ? [] : [costText(cost)]),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function metricText({ name, unit, definitions }: Metric, { counts }: Statistics): string {
  const lines = definitions.map(
    (one) => `  ${valueText(one.value(counts), unit)}  ${one.engine}: ${one.formula}\n`,
  );
  return `${name}\n${lines.join('')}`;
}

function lengths(counts: readonly number[]): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return '';
  return `Accepted a draft\n${table([
    ['tokens', 'drafts', 'share'],
    ...counts.map((count, length) => [`${length}`, `${count}`, formatShare(count / total)]),
  ])}`;
}

/** Ranks that have a column of their own. */
const RANKS = 4;

function hits(levels: readonly DepthHits[]): string {
  if (levels.length === 0) return '';
  const ranks = Math.min(RANKS, largest(levels.map(({ byRank }) => byRank.length)));
  const columns = Array.from({ length: ranks }, (_, rank) => `rank ${rank + 1}`);
  return `The target's token among those drafted for its place\n${table([
    ['depth', 'places', ...columns, 'lower', 'outside'],
    ...levels.map(({ asked, byRank }, i) => {
      const own = Array.from({ length: ranks }, (_, rank) => byRank[rank] ?? 0);
      const inside = byRank.reduce((sum, n) => sum + n, 0);
      const lower = inside - own.reduce((sum, n) => sum + n, 0);
      return [`${i + 1}`, `${asked}`, ...[...own, lower, asked - inside].map((n) => formatShare(n / asked))];
    }),
  ])}`;
}

function entropy({ entropy: buckets }: Statistics): string {
  if (buckets.length === 0) return '';
  return (
    `Acceptance by the entropy of the target's own law, at least so many nats\n` +
    `(the mean of its most probable token bounds how often a single guess is right in a draw at temperature 1)\n${table(
      [
        ['from', 'places', 'hit', 'most probable'],
        ...buckets.map(({ from, choices, hits, meanTop }) => [
          from.toFixed(2),
          `${choices}`,
          formatShare(hits / choices),
          formatShare(meanTop),
        ]),
      ],
    )}`
  );
}

function classes({ classes: counts }: Statistics): string {
  if (counts.length === 0) return '';
  return `Acceptance by token class\n${table([
    ['class', 'tokens', 'drafted for', 'accepted'],
    ...counts.map(({ name, tokens, asked, accepted }) => [
      name,
      `${tokens}`,
      `${asked}`,
      formatShare(tokens > 0 ? accepted / tokens : null),
    ]),
  ])}`;
}

function costText({
  verify,
  past,
  budgets,
}: {
  readonly verify: VerifyCost;
  readonly past: number;
  readonly budgets: readonly BudgetPoint[];
}): string {
  const from = verify.source === 'measured' ? 'measured on that machine' : "fitted to the run's own forwards";
  return `v(T), ${from}, and predictions for drafts of one size\n${table([
    ['nodes', 'forward', 'v(T)', 'tokens a round', 'break-even', 'tokens/s', 'support'],
    ...budgets.map(({ nodes, prediction, breakEven }) => [
      `${nodes}`,
      formatDuration(verify.estimate(nodes + 1, past)),
      (verify.estimate(nodes + 1, past) / verify.estimate(1, past)).toFixed(2),
      prediction.acceptanceLength.toFixed(2),
      breakEven.toFixed(2),
      prediction.tokensPerSecond.toFixed(1),
      prediction.support,
    ]),
  ])}`;
}
