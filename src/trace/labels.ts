import { decimal, plural, t } from '../l10n';
import { counted } from './words';

/** How tokens and numbers are written. Pure: the same words in the tree, on the cards and to a screen reader. */

const PICTURES: Record<string, string> = { ' ': '·', '\n': '⏎', '\t': '⇥', '\r': '␍', '\u00a0': '⍽' };

/** Controls, and marks that only change how their neighbours look: the direction of text, joining. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

/** A token's text with its whitespace and control characters made visible; `∅` for none. */
export function visible(text: string): string {
  if (text === '') return '∅';
  return Array.from(text, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (char in PICTURES) return PICTURES[char];
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return UNSEEN.test(char) ? `<${code.toString(16).padStart(4, '0')}>` : char;
  }).join('');
}

/** A token as a label: visible text, or its bytes in hex where they are not whole characters. */
export function tokenLabel(text: string, bytes?: string): string {
  if (bytes !== undefined && text.includes('\ufffd')) return `<${hex(bytes)}>`;
  return visible(text);
}

/** A token inside a sentence. */
export function quote(text: string, bytes?: string): string {
  return `"${tokenLabel(text, bytes)}"`;
}

/** Bytes in base64; what is not whole at its end is left out, since any file may be opened. */
export function bytesOf(base64: string): Uint8Array {
  const digits = base64.replace(/=+$/, '');
  const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits;
  return Uint8Array.from(atob(whole), (char) => char.charCodeAt(0));
}

/** Bytes in base64 as pairs of hex digits. */
export function hex(base64: string): string {
  return Array.from(bytesOf(base64), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Two digits, as the field writes them: `.91`. Certainty and impossibility only where they are exact. */
export function probability(p: number): string {
  if (p <= 0) return '0';
  if (p < 0.005) return '<.01';
  if (p >= 1) return '1';
  if (p >= 0.995) return '>.99';
  return p.toFixed(2).slice(1);
}

/** `p .91 q .84`, leaving out what is not known. */
export function probabilities(p: number | null, q: number | null): string {
  const parts: string[] = [];
  if (p !== null) parts.push(`p ${probability(p)}`);
  if (q !== null) parts.push(`q ${probability(q)}`);
  return parts.join(' ');
}

/** A time in microseconds in the unit that suits it. */
export function duration(us: number): string {
  if (us < 100) return `${decimal(us)} µs`;
  const ms = us / 1000;
  if (ms < 10) return `${decimal(ms, 2)} ms`;
  if (ms < 1000) return `${decimal(ms, 1)} ms`;
  return `${decimal(ms / 1000, 2)} s`;
}

/** What went between the host and the device that the target ran on. */
export function movedWords(moved: { readonly to_device: number; readonly from_device: number }): string {
  return t(
    '{0} to the device, {1} from it',
    counted(moved.to_device, 'byte'),
    counted(moved.from_device, 'byte'),
  );
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`. */
export function ordinal(n: number): string {
  const form = ENGLISH.select(n);
  if (form === 'one') return t('{0}st', n);
  if (form === 'two') return t('{0}nd', n);
  return form === 'few' ? t('{0}rd', n) : t('{0}th', n);
}

/** The English forms are the keys of the others. */
const ENGLISH = new Intl.PluralRules('en', { type: 'ordinal' });

const matchOf = (n: number): string => plural(n, 'match of {0} token', 'match of {0} tokens');

/** What a drafter's number behind the colon means. */
const PROPOSERS: Record<string, (n: number) => string> = {
  suffix: (n) => t('suffix, {0}', matchOf(n)),
  'suffix-global': (n) => t('suffix, {0} in an earlier output', matchOf(n)),
  'prompt-lookup': (n) => t('prompt lookup, {0}', matchOf(n)),
  'token-recycling': (n) => t('token recycling, {0} candidate', ordinal(n)),
  'lookahead-pool': (n) => t('lookahead, {0} n-gram of the pool', ordinal(n)),
  'lookahead-window': (n) => t('lookahead, column {0} of the window', n),
  'draft-model': (n) => t('draft model, {0} choice', ordinal(n)),
  staged: () => t('draft model'),
  'staged-ngram': (n) => t('draft model, which a {0} had guessed', matchOf(n)),
};

/** Who proposed a node: `suffix:7` is a match of 7 tokens; what is not known is shown as it stands. */
export function provenance(source: string): string {
  const [, name, number] = /^(.*):(\d+)$/.exec(source) ?? [];
  if (name === undefined || !Object.hasOwn(PROPOSERS, name))
    return source === '' ? t('not recorded') : source;
  return PROPOSERS[name](Number(number));
}
