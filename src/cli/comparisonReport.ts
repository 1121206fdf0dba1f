import { partTime, type Comparison, type Part, type Run } from '../trace/compare/compare';
import type { Divergence, Side } from '../trace/compare/divergence';
import { counted, formatDuration, table } from './format';

/** Two runs side by side: where their texts part, which was faster where, and why. */
export function comparisonReport(a: Run, b: Run, comparison: Comparison): string {
  const { compared, segments, differences } = comparison;
  return [
    `A: ${a.name}\nB: ${b.name}\n`,
    ...(differences.length === 0
      ? []
      : [table([['', 'A', 'B'], ...differences.map(({ name, a, b }) => [name, a, b])])]),
    `${textLine(comparison)}\n`,
    ...(compared.tokens === 0 ? [] : [verdict(comparison)]),
    ...(segments.length === 0
      ? []
      : [
          table([
            ['tokens', 'A rounds', 'B rounds', 'A', 'B', 'A over B'],
            ...segments.map(({ start, tokens, a, b }) => [
              `${start} to ${start + tokens - 1}`,
              `${a.rounds}`,
              `${b.rounds}`,
              formatDuration(partTime(a)),
              formatDuration(partTime(b)),
              timesOf(a, b),
            ]),
          ]),
        ]),
  ].join('\n');
}

function textLine({ common, divergence }: Comparison): string {
  if (divergence === null)
    return `The first ${counted(common, 'token')} are the same, and neither run says otherwise after that.`;
  const { index, margin, a, b } = divergence;
  const tie =
    margin === null ? '' : `; the target had them ${margin.toPrecision(2)} apart${nearTie(divergence)}`;
  return `The first ${counted(common, 'token')} are the same. Token ${index} differs: ${sideText(a)} in A (round ${a.round}), ${sideText(b)} in B (round ${b.round})${tie}.`;
}

/** Probabilities nearer than this can change places by rounding in a forward of another size. */
const NEAR_TIE = 0.02;

function nearTie({ margin }: Divergence): string {
  return margin !== null && margin < NEAR_TIE ? ', a near tie' : '';
}

function sideText({ text, p }: Side): string {
  return `${JSON.stringify(text)}${p === null ? '' : ` (p ${p.toPrecision(2)})`}`;
}

function verdict({ compared, reasons }: Comparison): string {
  const { a, b, tokens } = compared;
  const line = (part: Part) =>
    `${formatDuration(partTime(part))} in ${counted(part.rounds, 'round')}, ${((tokens * 1e6) / partTime(part)).toFixed(1)} tokens/s`;
  const signed = (us: number) => `${us < 0 ? '-' : '+'}${formatDuration(Math.abs(us))}`;
  return [
    `Over the first ${counted(tokens, 'token')}: A ${line(a)}; B ${line(b)}.`,
    `A took ${signed(partTime(a) - partTime(b))} against B: number of rounds (acceptance) ${signed(reasons.acceptance)}, ` +
      `verify cost a round ${signed(reasons.verify)}, draft cost a round ${signed(reasons.draft)}, rest a round ${signed(reasons.other)}.`,
    '',
  ].join('\n');
}

function timesOf(a: Part, b: Part): string {
  const time = partTime(b);
  return time > 0 ? (partTime(a) / time).toFixed(2) : '–';
}
