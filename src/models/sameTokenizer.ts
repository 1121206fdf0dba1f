import type { Tokenizer } from './model';

/** Texts whose tokens show how a tokenizer splits: words, numbers, spaces, code, other scripts, marks. */
const SAMPLES = [
  'Hello, world! It’s 2024, isn’t it?',
  '  def f(x):\n\t\treturn x**2 + 10_000\n\n\n',
  'Größe, naïve café, señor; Ελληνικά, русский, 日本語, हिन्दी, عربي, 🙂👍🏽',
  'https://example.org/a?b=c&d=%20 <p class="q">&amp;</p> $E = mc^2$',
  ' a  b   c\r\nabcabcabc UPPERlower CamelCase snake_case 3.14159 1e-9',
];

/**
 * What differs between two tokenizers, as one clause, or null where they are the same as far as both have ids:
 * each shared id stands for the same bytes (of a special token, has the same name), and sample texts become the
 * same ids. The sizes may differ.
 *
 * @param names what the clause calls them
 */
export function tokenizerDifference(
  one: Tokenizer,
  other: Tokenizer,
  names: readonly [one: string, other: string],
): string | null {
  for (let token = 0; token < Math.min(one.size, other.size); token++) {
    if (sameToken(one, other, token)) continue;
    const [a, b] = [one, other].map((tokenizer) => JSON.stringify(tokenizer.labelOf(token)));
    return `token ${token} is ${a} in ${names[0]} and ${b} in ${names[1]}`;
  }
  for (const text of SAMPLES) {
    const [a, b] = [one.encode(text), other.encode(text)];
    const length = Math.max(a.length, b.length);
    const at = Array.from({ length }, (_, i) => i).find((i) => a[i] !== b[i]);
    if (at === undefined) continue;
    const before = JSON.stringify(
      a
        .slice(0, at)
        .map((token) => one.labelOf(token))
        .join(''),
    );
    return `after ${before} a text goes on with ${shown(one, a[at])} in ${names[0]} and with ${shown(other, b[at])} in ${names[1]}`;
  }
  return null;
}

/** @param token undefined where the text has ended */
function shown(tokenizer: Tokenizer, token: number | undefined): string {
  return token === undefined ? 'nothing' : JSON.stringify(tokenizer.labelOf(token));
}

function sameToken(one: Tokenizer, other: Tokenizer, token: number): boolean {
  const [a, b] = [one.bytesOf(token), other.bytesOf(token)];
  if (a.length !== b.length || a.some((byte, i) => byte !== b[i])) return false;
  // Special tokens have no bytes: what they are is their name.
  return a.length > 0 || one.labelOf(token) === other.labelOf(token);
}
