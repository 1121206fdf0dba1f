/** The byte-level alphabet: what stands for each byte. */
function alphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCodePoint(printable ? byte : next++);
  });
}

/** The vocabulary of `byteLevelTokenizerJson`, by id. */
export function byteLevelTokens(): string[] {
  return [...alphabet(), 'ab', '<end>', '\u00bf!'];
}

/**
 * A tokenizer.json of GPT-2's kind: all 256 bytes; `ab`; `<end>`, which is special and has the id 257; and
 * U+FEFF's last byte with an exclamation mark, which only merge where both are in one word.
 */
export function byteLevelTokenizerJson() {
  const tokens = byteLevelTokens();
  return {
    added_tokens: [{ id: 257, content: '<end>', special: true }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: ['a b', '\u00bf !'],
    },
  };
}

/** A tokenizer.json of Llama 2's kind: `<s>` before every text, spaces as U+2581, bytes for what is missing. */
export function sentencePieceTokenizerJson() {
  const bytes = Array.from(
    { length: 256 },
    (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  );
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, '\u2581', 'h', 'i', 'hi', '\u2581hi'];
  return {
    added_tokens: ['<unk>', '<s>', '</s>'].map((content, id) => ({ id, content, special: true })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '\u2581' },
        { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '\u2581' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      unk_token: '<unk>',
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: ['h i', '\u2581 hi'],
    },
  };
}
