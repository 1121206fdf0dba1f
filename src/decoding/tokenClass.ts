/** What kind of text a token is: texts differ in how well their kinds can be guessed. */
export const TOKEN_CLASSES = [
  'whitespace',
  'word',
  'number',
  'punctuation',
  'code',
  'special',
  'other',
] as const;
export type TokenClass = (typeof TOKEN_CLASSES)[number];

/** Marks of prose. Quotes and parentheses are as common in code, and count as prose all the same. */
const PUNCTUATION = /^[.,;:!?'"()\-–—…‘’“”„«»¿¡、。，！？：；]+$/u;
const CODE = /^[\p{P}\p{S}]+$/u;
const NUMBER = /^[\p{N}]+(?:[.,][\p{N}]+)*$/u;
const WORD = /^[\p{L}\p{M}][\p{L}\p{M}\p{N}'’_-]*$/u;

/**
 * The class of a token by its text, the space ahead of it left out: `number` digits, `punctuation` the marks of
 * prose, `code` every other symbol alone or with those marks, `special` a token without bytes, `other` what mixes them or is
 * part of a character.
 *
 * @param bytes whether the token stands for any bytes at all
 */
export function tokenClass(text: string, bytes: boolean): TokenClass {
  if (!bytes) return 'special';
  const core = text.trim();
  if (core === '') return 'whitespace';
  if (NUMBER.test(core)) return 'number';
  if (PUNCTUATION.test(core)) return 'punctuation';
  if (CODE.test(core)) return core.includes('\ufffd') ? 'other' : 'code';
  return WORD.test(core) ? 'word' : 'other';
}
