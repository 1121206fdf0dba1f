import { decimal, t } from '../../l10n';
import { formatDuration } from '../words';
import { partTime, type Comparison, type Part, type Reasons } from './compare';
import type { Divergence, Side } from './divergence';

/** A comparison in sentences: the same on the command line and in the view. The runs are called A and B. */

/** How much of the two texts is the same, and what differs where they part. */
export function commonSentence({ common, divergence }: Comparison): string {
  const same =
    common === 1 ? t('The first token is the same.') : t('The first {0} tokens are the same.', common);
  if (divergence === null) return t('{0} After that, neither run says otherwise.', same);
  const { index, a, b } = divergence;
  return t(
    '{0} Token {1} differs: {2} in A (round {3}), {4} in B (round {5}){6}.',
    same,
    index,
    sideText(a),
    a.round,
    sideText(b),
    b.round,
    marginText(divergence),
  );
}

/** How fast each run was over the text that they share. */
export function paceSentence({ compared: { a, b, tokens } }: Comparison): string {
  return t('Over the first {0} tokens: A {1}; B {2}.', tokens, paceText(a, tokens), paceText(b, tokens));
}

/** What made the one take longer than the other. */
export function reasonSentence({ compared: { a, b }, reasons }: Comparison): string {
  const parts = REASONS.map((reason) => `${reasonName(reason)} ${signedDuration(reasons[reason])}`);
  return t('A took {0} against B: {1}.', signedDuration(partTime(a) - partTime(b)), parts.join(', '));
}

/** What can make a run take longer, in the order in which it is told. */
export const REASONS = [
  'acceptance',
  'verify',
  'draft',
  'other',
] as const satisfies readonly (keyof Reasons)[];

export function reasonName(reason: keyof Reasons): string {
  switch (reason) {
    case 'acceptance':
      return t('number of rounds (acceptance)');
    case 'verify':
      return t('verify cost a round');
    case 'draft':
      return t('draft cost a round');
    case 'other':
      return t('rest a round');
  }
}

/** A difference in time, with its sign. */
export function signedDuration(us: number): string {
  return `${us < 0 ? '-' : '+'}${formatDuration(Math.abs(us))}`;
}

/** How much longer A took than B, as a factor; a dash where B took no time. */
export function timesOf(a: Part, b: Part): string {
  const time = partTime(b);
  return time > 0 ? decimal(partTime(a) / time, 2) : '–';
}

function paceText(part: Part, tokens: number): string {
  const rate = partTime(part) > 0 ? decimal((tokens * 1e6) / partTime(part), 1) : '–';
  const time = formatDuration(partTime(part));
  return part.rounds === 1
    ? t('{0} in 1 round, {1} tokens/s', time, rate)
    : t('{0} in {1} rounds, {2} tokens/s', time, part.rounds, rate);
}

/** Probabilities nearer than this can change places by rounding in a forward of another size. */
const NEAR_TIE = 0.02;

function marginText({ margin }: Divergence): string {
  if (margin === null) return '';
  return margin < NEAR_TIE
    ? t('; the target had them {0} apart, a near tie', margin.toPrecision(2))
    : t('; the target had them {0} apart', margin.toPrecision(2));
}

function sideText({ text, p }: Side): string {
  return `${JSON.stringify(text)}${p === null ? '' : ` (p ${p.toPrecision(2)})`}`;
}
