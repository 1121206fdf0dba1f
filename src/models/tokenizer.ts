import { Tokenizer as Encoder } from '@huggingface/tokenizers';
import { z } from 'zod';
import { UserError } from '../errors';
import { t } from '../l10n';
import { bytesFromAlphabet } from './byteAlphabet';
import { messageOf } from './fileErrors';
import type { Tokenizer } from './model';

/** The parts of a tokenizer.json that are read here; the rest is the encoder's business. */
const tokenizerJsonSchema = z.looseObject({
  added_tokens: z.array(
    z.looseObject({ id: z.int().nonnegative(), content: z.string(), special: z.boolean() }),
  ),
  pre_tokenizer: z.unknown(),
  normalizer: z.unknown(),
  post_processor: z.unknown(),
  decoder: z.unknown(),
  model: z.looseObject({
    type: z.string().optional(),
    vocab: z.unknown(),
  }),
});
export type TokenizerJson = z.infer<typeof tokenizerJsonSchema>;

/** Which tokens begin and end texts, as far as tokenizer.json does not say. */
export interface TokenizerRoles {
  readonly endTokens: readonly number[];
  /** The text of one more end token, empty for none. */
  readonly endText?: string;
  /** Without it, what tokenizer.json itself puts before a text. */
  readonly startTokens?: readonly number[];
}

const encoder = new TextEncoder();

/** What a vocabulary writes its tokens in. */
type Spelling = 'byte-level' | 'sentencepiece';

/**
 * Makes a tokenizer from the content of a tokenizer.json.
 *
 * @param source file or folder it comes from, for errors
 * @throws UserError `bad-file` when it is not one, `unsupported` for a kind that is not read
 */
export function createTokenizer(json: unknown, roles: TokenizerRoles, source: string): Tokenizer {
  const parsed = tokenizerJsonSchema.safeParse(json);
  if (!parsed.success)
    throw new UserError(
      'bad-file',
      t('The tokenizer of {0} has no valid {1}.', source, parsed.error.issues[0].path.join('.') || 'content'),
      t('Download it again.'),
    );
  const description = parsed.data;
  const spelling = spellingOf(description, source);

  const tokens = vocabularyTokens(description.model.vocab);
  if (tokens === null)
    throw new UserError(
      'bad-file',
      t('The vocabulary of {0} does not give an id to each token.', source),
      t('Download it again.'),
    );
  const added = new Map(description.added_tokens.map((token) => [token.id, token]));
  for (const { id, content } of added.values()) tokens[id] = content;

  let tokenizer: Encoder;
  try {
    tokenizer = new Encoder(withUnicodeSpaces(description), {});
  } catch (error) {
    throw new UserError(
      'unsupported',
      t('The tokenizer of {0} is of a kind that is not read yet: {1}.', source, messageOf(error)),
      t('Choose another model.'),
      { cause: error },
    );
  }

  const bytesOf = (token: number): Uint8Array => {
    const text = tokens[token];
    if (text === undefined) return new Uint8Array(0);
    const addition = added.get(token);
    if (addition !== undefined) return addition.special ? new Uint8Array(0) : encoder.encode(text);
    switch (spelling) {
      case 'byte-level':
        return bytesFromAlphabet(text) ?? encoder.encode(text);
      case 'sentencepiece':
        return bytesFromPiece(text);
    }
  };

  const encode = (text: string, add_special_tokens: boolean): number[] =>
    // A character that the vocabulary cannot write, where there is no token for the unknown, gives no id.
    tokenizer.encode(text, { add_special_tokens }).ids.filter((id) => id !== undefined);

  const endTokens = new Set(roles.endTokens);
  const endToken = [...added.values()].find(({ content }) => content === roles.endText);
  if (endToken !== undefined) endTokens.add(endToken.id);

  return {
    size: tokens.length,
    json: description,
    endTokens: [...endTokens],
    startTokens: roles.startTokens ?? startTokens(encode),
    encode: (text) => (text === '' ? [] : encode(text, false)),
    bytesOf,
    labelOf(token) {
      if (added.has(token)) return tokens[token];
      return tokens[token] === undefined ? `[${token}]` : new TextDecoder().decode(bytesOf(token));
    },
  };
}

/** What the tokenizer's own template puts before a text. */
function startTokens(encode: (text: string, addSpecialTokens: boolean) => number[]): number[] {
  const [first] = encode('a', false);
  const framed = encode('a', true);
  return framed.slice(0, framed.indexOf(first));
}

/** Token texts by id, or null when `vocab` is neither `{token: id}` (BPE) nor `[[token, score]]` (Unigram). */
function vocabularyTokens(vocab: unknown): string[] | null {
  if (typeof vocab !== 'object' || vocab === null) return null;
  const entries: [unknown, unknown][] = Array.isArray(vocab)
    ? vocab.map((entry: unknown, id) => [Array.isArray(entry) ? entry[0] : entry, id])
    : Object.entries(vocab);
  const tokens: string[] = [];
  for (const [token, id] of entries) {
    if (typeof token !== 'string' || typeof id !== 'number' || !Number.isInteger(id) || id < 0) return null;
    tokens[id] = token;
  }
  return tokens;
}

/** A SentencePiece token: `<0x0A>` is a byte, U+2581 is a space. */
function bytesFromPiece(token: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(token);
  return byte ? Uint8Array.of(parseInt(byte[1], 16)) : encoder.encode(token.replaceAll('\u2581', ' '));
}

function spellingOf(description: TokenizerJson, source: string): Spelling {
  const steps = [...stepTypes(description.decoder), ...stepTypes(description.pre_tokenizer)];
  if (steps.includes('ByteLevel')) return 'byte-level';
  if (steps.includes('ByteFallback') || steps.includes('Metaspace')) return 'sentencepiece';
  throw new UserError(
    'unsupported',
    t('The tokenizer of {0} is neither byte-level nor SentencePiece.', source),
    t('Choose a Llama-family model.'),
  );
}

const stepSchema = z.looseObject({
  type: z.string(),
  decoders: z.array(z.unknown()).optional(),
  pretokenizers: z.array(z.unknown()).optional(),
});
type Step = z.infer<typeof stepSchema>;

/** The types of a pipeline's steps, sequences opened. */
function stepTypes(value: unknown): string[] {
  const step = stepSchema.safeParse(value);
  if (!step.success) return [];
  const inner = [...(step.data.decoders ?? []), ...(step.data.pretokenizers ?? [])];
  return [step.data.type, ...inner.flatMap(stepTypes)];
}

/** GPT-2's split into words: contractions, letters, numbers, other marks, spaces. */
export const GPT2_SPLIT =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * The encoder's byte-level step splits by JavaScript's idea of a space, the reference by Unicode's (they
 * differ in U+0085 and U+FEFF), while its `Split` step translates patterns correctly. So the split that
 * ByteLevel contains is written out. With a prefix space it cannot be, as the space comes first.
 */
function withUnicodeSpaces(description: TokenizerJson): TokenizerJson {
  const rewrite = (value: unknown): unknown => {
    const parsed = stepSchema.safeParse(value);
    if (!parsed.success) return value;
    const step: Step = parsed.data;
    if (step.pretokenizers) return { ...step, pretokenizers: step.pretokenizers.map(rewrite) };
    if (step.type !== 'ByteLevel' || step.use_regex === false || step.add_prefix_space === true) return value;
    return {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: GPT2_SPLIT }, behavior: 'Isolated', invert: false },
        { ...step, use_regex: false },
      ],
    };
  };
  return { ...description, pre_tokenizer: rewrite(description.pre_tokenizer) };
}
