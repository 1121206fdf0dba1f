import type { Recount } from '../trace/summary';
import type { Prediction } from '../trace/whatIf/predict';
import { describeSetting } from '../trace/whatIf/setting';
import { formatDuration, table } from './format';

/** Predictions beside the recorded run, with what each assumes. */
export function whatIfReport(
  recorded: Pick<Recount, 'tokensPerSecond' | 'acceptanceLength'>,
  predictions: readonly Prediction[],
): string {
  const rows = [
    [
      '',
      'tokens/s',
      'of recorded',
      'acceptance length',
      'rows a round',
      'draft',
      'verify',
      'rest',
      'support',
    ],
    [
      'recorded',
      (recorded.tokensPerSecond ?? 0).toFixed(1),
      '1.00',
      (recorded.acceptanceLength ?? 0).toFixed(2),
      '',
      '',
      '',
      '',
      'measured',
    ],
    ...predictions.map((prediction, i) => [
      `prediction ${i + 1}`,
      prediction.tokensPerSecond.toFixed(1),
      prediction.ratio.toFixed(2),
      prediction.acceptanceLength.toFixed(2),
      prediction.rowsPerRound.toFixed(1),
      formatDuration(prediction.roundTime.draft),
      formatDuration(prediction.roundTime.verify),
      formatDuration(prediction.roundTime.other),
      prediction.support,
    ]),
  ];
  return [table(rows), ...predictions.map(assumptions)].join('\n');
}

function assumptions({ setting, notes }: Prediction, i: number): string {
  return `Prediction ${i + 1}: ${describeSetting(setting)}.\n${notes.map((note) => `  ${note}\n`).join('')}`;
}
