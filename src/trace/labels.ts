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
  if (us < 100) return `${us.toFixed(0)} µs`;
  const ms = us / 1000;
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${ms.toFixed(1)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

/** `1 token`, `2 tokens`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

/** What went between the host and the device that the target ran on. */
export function movedWords(moved: { readonly to_device: number; readonly from_device: number }): string {
  return `${count(moved.to_device, 'byte')} to the device, ${count(moved.from_device, 'byte')} from it`;
}

/** `1st`, `2nd`, `3rd`, `4th`, `11th`. */
export function ordinal(n: number): string {
  const tens = n % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

const matchOf = (n: number): string => `match of ${count(n, 'token')}`;

/** What a drafter's number behind the colon means. */
const PROPOSERS: Record<string, (n: number) => string> = {
  suffix: (n) => `suffix, ${matchOf(n)}`,
  'suffix-global': (n) => `suffix, ${matchOf(n)} in an earlier output`,
  'prompt-lookup': (n) => `prompt lookup, ${matchOf(n)}`,
  'token-recycling': (n) => `token recycling, ${ordinal(n)} candidate`,
  'lookahead-pool': (n) => `lookahead, ${ordinal(n)} n-gram of the pool`,
  'lookahead-window': (n) => `lookahead, column ${n} of the window`,
  'draft-model': (n) => `draft model, ${ordinal(n)} choice`,
  staged: () => 'draft model',
  'staged-ngram': (n) => `draft model, which a ${matchOf(n)} had guessed`,
};

/** Who proposed a node: `suffix:7` is a match of 7 tokens; what is not known is shown as it stands. */
export function provenance(source: string): string {
  const [, name, number] = /^(.*):(\d+)$/.exec(source) ?? [];
  if (name === undefined || !Object.hasOwn(PROPOSERS, name)) return source === '' ? 'not recorded' : source;
  return PROPOSERS[name](Number(number));
}
