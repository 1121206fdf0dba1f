import { UserError } from '../errors';
import { t } from '../l10n';
import type { GgufMetadata } from './ggufMetadata';
import type { Tokenizer } from './model';
import { createTokenizer, GPT2_SPLIT } from './tokenizer';

/** llama.cpp's kinds of tokens that this file tells apart. */
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;

interface PreTokenization {
  /** Applied one after the other; each cuts what the ones before left whole. */
  readonly splits: readonly string[];
  /** Whether a word that stands in the vocabulary is one token even where the merges do not build it. */
  readonly wholeWords: boolean;
  /** Whether the start token precedes raw text when the file does not say. */
  readonly startsText: boolean;
}

const SINGLE_DIGITS = '\\p{N}';
const LLAMA3_SPLIT =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const LLAMA3: PreTokenization = { splits: [LLAMA3_SPLIT], wholeWords: true, startsText: true };

/** How text is cut into words before merging, by `tokenizer.ggml.pre`. */
const PRE_TOKENIZATIONS: ReadonlyMap<string, PreTokenization> = new Map([
  ['smollm', { splits: [SINGLE_DIGITS, GPT2_SPLIT], wholeWords: false, startsText: false }],
  ['gpt-2', { splits: [GPT2_SPLIT], wholeWords: false, startsText: false }],
  ['llama-bpe', LLAMA3],
  ['llama3', LLAMA3],
  ['llama-v3', LLAMA3],
]);

/** Ends of turns that a file's metadata has no key for; llama.cpp, too, knows them by their text. */
const END_OF_TURN_TEXTS: ReadonlySet<string> = new Set(['<|eot_id|>', '<|eom_id|>', '<|end_of_text|>']);

const advice = () => t('Use the Hugging Face folder of the model, which has its tokenizer.json.');

/**
 * The tokenizer that a GGUF file describes by its vocabulary and merges, as the equivalent tokenizer.json.
 *
 * @throws UserError `bad-file` or `unsupported`
 */
export function ggufTokenizer(metadata: GgufMetadata, file: string): Tokenizer {
  const kind = metadata.text('tokenizer.ggml.model');
  if (kind === null) throw new UserError('bad-file', t('{0} has no tokenizer.', file), advice());
  if (kind !== 'gpt2')
    throw new UserError(
      'unsupported',
      t('{0} has a tokenizer of the kind {1}, which is not read yet.', file, kind),
      advice(),
    );
  const pre = metadata.text('tokenizer.ggml.pre') ?? 'default';
  const words = PRE_TOKENIZATIONS.get(pre);
  if (words === undefined)
    throw new UserError(
      'unsupported',
      t('{0} cuts words by the rule {1}, which is not read yet.', file, pre),
      advice(),
    );

  const tokens = metadata.texts('tokenizer.ggml.tokens');
  const merges = metadata.texts('tokenizer.ggml.merges');
  if (tokens === null || merges === null)
    throw new UserError('bad-file', t('{0} has no vocabulary or no merges.', file), advice());
  const kinds = metadata.numbers('tokenizer.ggml.token_type') ?? [];

  const special = (id: number): boolean => kinds[id] === CONTROL || kinds[id] === UNKNOWN;
  const addedTokens = tokens
    .map((content, id) => ({
      id,
      content,
      special: special(id),
      normalized: false,
      single_word: false,
      lstrip: false,
      rstrip: false,
    }))
    .filter(({ id }) => special(id) || kinds[id] === USER_DEFINED);

  const json = {
    added_tokens: addedTokens,
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        ...words.splits.map((pattern) => ({
          type: 'Split',
          pattern: { Regex: pattern },
          behavior: 'Isolated',
          invert: false,
        })),
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
      ignore_merges: words.wholeWords,
    },
  };

  const start = metadata.number('tokenizer.ggml.bos_token_id');
  const starts = metadata.flag('tokenizer.ggml.add_bos_token') ?? words.startsText;
  return createTokenizer(
    json,
    { endTokens: endTokens(metadata, tokens, special), startTokens: starts && start !== null ? [start] : [] },
    file,
  );
}

function endTokens(
  metadata: GgufMetadata,
  tokens: readonly string[],
  special: (id: number) => boolean,
): number[] {
  const ids = new Set<number>();
  for (const name of ['eos', 'eot', 'eom']) {
    const id = metadata.number(`tokenizer.ggml.${name}_token_id`);
    if (id !== null) ids.add(id);
  }
  tokens.forEach((text, id) => {
    if (END_OF_TURN_TEXTS.has(text) && special(id)) ids.add(id);
  });
  return [...ids];
}
