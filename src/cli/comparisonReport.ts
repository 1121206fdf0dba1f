import { partTime, type Comparison, type Run } from '../trace/compare/compare';
import { commonSentence, paceSentence, reasonSentence, timesOf } from '../trace/compare/sentences';
import { comparedExtents, type Extent } from '../trace/extent';
import { formatDuration, table } from './format';

/** Two runs side by side: where their texts part, which was faster where, and why. */
export function comparisonReport(
  a: Run,
  b: Run,
  {
    comparison,
    extents,
  }: { readonly comparison: Comparison; readonly extents: Readonly<Record<'a' | 'b', Extent>> },
): string {
  const { compared, segments, differences } = comparison;
  return [
    [`A: ${a.name}`, `B: ${b.name}`, ...comparedExtents(extents)].map((line) => `${line}\n`).join(''),
    ...(differences.length === 0
      ? []
      : [table([['', 'A', 'B'], ...differences.map(({ name, a, b }) => [name, a, b])])]),
    `${commonSentence(comparison)}\n`,
    ...(compared.tokens === 0 ? [] : [`${paceSentence(comparison)}\n${reasonSentence(comparison)}\n`]),
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
