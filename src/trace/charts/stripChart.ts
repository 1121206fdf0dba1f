import { t } from '../../l10n';
import { verifiedDepth } from '../roundFacts';
import type { Round } from '../schema';
import { numberAxis } from './axes';
import type { Chart } from './chart';

/** Columns of the strip; more rounds than that share one. */
const COLUMNS = 300;

/** The whole run, a column a round or the mean of several: how deep it was drafted, and what was accepted. */
export function stripChart(rounds: readonly Round[]): Chart {
  const size = Math.max(1, Math.ceil(rounds.length / COLUMNS));
  const columns: { first: number; accepted: number; drafted: number }[] = [];
  for (let first = 0; first < rounds.length; first += size) {
    const part = rounds.slice(first, first + size);
    const mean = (read: (round: Round) => number) =>
      part.reduce((sum, round) => sum + read(round), 0) / part.length;
    const accepted = mean(({ accepted_path: path }) => path.length);
    columns.push({ first, accepted, drafted: mean(verifiedDepth) });
  }
  const bars = (height: (column: (typeof columns)[number]) => number) =>
    columns.map((column, i) => ({
      from: i,
      to: i + 1,
      y: height(column),
      title: t('from round {0}', rounds[column.first].index),
    }));
  const deepest = columns.reduce((most, { drafted }) => Math.max(most, drafted), 1);
  return {
    label: t('Depth drafted and accepted, round by round.'),
    x: { title: t('Rounds'), domain: [0, Math.max(1, columns.length)], ticks: [] },
    y: numberAxis(t('Depth'), deepest),
    marks: [
      { series: 'drafted', name: t('drafted'), kind: 'bars', bars: bars(({ drafted }) => drafted) },
      { series: 'accepted', name: t('accepted'), kind: 'bars', bars: bars(({ accepted }) => accepted) },
    ],
  };
}
