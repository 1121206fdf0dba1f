import { decimal, t } from '../src/l10n';
import { groupAxis, numberAxis } from '../src/trace/charts/axes';
import type { Bar, Chart, Mark, Table } from '../src/trace/charts/chart';
import { supportText } from '../src/trace/charts/costChart';
import { extentSentence, type Extent } from '../src/trace/extent';
import type { Forecast } from '../src/trace/whatIf/forecast';
import { describeSetting } from '../src/trace/whatIf/setting';
import { duration } from '../src/trace/labels';

/** A prediction beside what was recorded, apart from how it looks. */
export interface WhatIfModel {
  /** What is predicted, how far the trace bears it out, and of which part of the run. */
  readonly verdict: string;
  /** Recorded and predicted, a row a number. */
  readonly rows: readonly (readonly [name: string, recorded: string, predicted: string])[];
  /** What was assumed, a sentence each. */
  readonly notes: readonly string[];
  /** The speed by the size of drafts; null where only plain decoding can be told. */
  readonly chart: Chart | null;
  readonly table: Table;
}

export function whatIfModel(
  { recorded, prediction, budgets, divisible }: Forecast,
  about: Extent,
): WhatIfModel {
  const { setting, tokensPerSecond, ratio, support, notes } = prediction;
  const pair = (name: string, read: (of: Forecast['recorded']) => string) =>
    [name, read(recorded), read(prediction)] as const;
  const verdict = t(
    'Prediction, not a measurement: {0} gives {1} tokens/s, {2} times the recorded run; {3}.',
    describeSetting(setting),
    decimal(tokensPerSecond, 1),
    decimal(ratio, 2),
    supportText(support),
  );
  return {
    verdict: `${verdict} ${extentSentence(about)}`.trim(),
    rows: [
      pair(t('tokens/s'), (of) => decimal(of.tokensPerSecond, 1)),
      pair(t('acceptance length τ'), (of) => decimal(of.acceptanceLength, 2)),
      pair(t('rows a forward'), (of) => decimal(of.rowsPerRound, 1)),
      pair(t('draft a round'), (of) => duration(of.roundTime.draft)),
      pair(t('verify a round'), (of) => duration(of.roundTime.verify)),
      pair(t('rest of a round'), (of) => duration(of.roundTime.other)),
    ],
    notes,
    chart: divisible && budgets.length > 1 ? speedChart({ recorded, prediction, budgets }) : null,
    table: {
      caption: t('Fixed drafts by their most nodes: predictions'),
      columns: [t('most nodes'), t('tokens/s'), t('acceptance length τ'), t('times this run'), t('support')],
      rows: budgets.map((point) => [
        `${point.nodes}`,
        decimal(point.prediction.tokensPerSecond, 1),
        decimal(point.prediction.acceptanceLength, 2),
        decimal(point.prediction.ratio, 2),
        supportText(point.prediction.support),
      ]),
    },
  };
}

/** The predicted speed of fixed drafts by their size, with the recorded speed and the one that was asked about. */
function speedChart({
  recorded,
  prediction,
  budgets,
}: Pick<Forecast, 'recorded' | 'prediction' | 'budgets'>): Chart {
  const bars = budgets.map((point, i): Bar & { readonly extrapolated: boolean } => ({
    from: i + 0.15,
    to: i + 0.85,
    y: point.prediction.tokensPerSecond,
    title: t(
      'at most {0} nodes: {1} tokens/s predicted, {2}',
      point.nodes,
      decimal(point.prediction.tokensPerSecond, 1),
      supportText(point.prediction.support),
    ),
    extrapolated: point.prediction.support === 'extrapolated',
  }));
  const across = (y: number) => [
    { x: 0, y },
    { x: budgets.length, y },
  ];
  const guessed = bars.filter(({ extrapolated }) => extrapolated);
  const marks: Mark[] = [
    {
      series: 'predicted',
      name: t('predicted'),
      kind: 'bars',
      bars: bars.filter(({ extrapolated }) => !extrapolated),
    },
    ...(guessed.length === 0
      ? []
      : [{ series: 'extrapolated', name: t('extrapolated'), kind: 'bars', bars: guessed } as const]),
    {
      series: 'recorded',
      name: t('recorded: {0} tokens/s', decimal(recorded.tokensPerSecond, 1)),
      kind: 'line',
      points: across(recorded.tokensPerSecond),
    },
    {
      series: 'asked',
      name: t('this question: {0} tokens/s predicted', decimal(prediction.tokensPerSecond, 1)),
      kind: 'line',
      points: across(prediction.tokensPerSecond),
    },
  ];
  const most = Math.max(recorded.tokensPerSecond, prediction.tokensPerSecond, ...bars.map(({ y }) => y));
  return {
    label: t('The predicted tokens a second of fixed drafts by their most nodes, and the recorded ones.'),
    x: groupAxis(
      t('Most nodes of a draft'),
      budgets.map(({ nodes }) => `${nodes}`),
    ),
    y: numberAxis(t('Tokens a second'), most),
    marks,
  };
}
