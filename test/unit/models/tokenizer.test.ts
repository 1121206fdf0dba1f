import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ChatTurn, Tokenizer } from '../../../src/models/model';
import { createTokenizer } from '../../../src/models/tokenizer';
import golden from '../../golden/tokenizer.json';
import { defaultModel } from '../../support/defaultModel';
import { byteLevelTokenizerJson, sentencePieceTokenizerJson } from '../../support/tokenizers';
import { userError } from '../../support/userError';

interface Question {
  readonly question_id: number;
  readonly turns: readonly string[];
}

function questions(): Question[] {
  return readFileSync('bench/spec_bench_dev.jsonl', 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Question);
}

function digest(ids: readonly number[]): string {
  return createHash('sha256').update(ids.join(',')).digest('hex').slice(0, 12);
}

function bytesOf(tokenizer: Tokenizer, ids: readonly number[]): Buffer {
  return Buffer.concat(ids.map((id) => tokenizer.bytesOf(id)));
}

describe('the tokenizer of the default model', () => {
  const model = defaultModel();

  it('gives the ids of transformers for every turn of the dev questions', () => {
    const { tokenizer } = model();
    const turns = questions().flatMap(({ question_id, turns }) =>
      turns.map((turn, index) => {
        const ids = tokenizer.encode(turn);
        return [question_id, index, ids.length, digest(ids)];
      }),
    );
    assert.ok(turns.length > 240);
    assert.deepEqual(turns, golden.turns);
  });

  for (const { text, ids } of golden.texts) {
    it(`gives the ids of transformers for ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.deepEqual(model().tokenizer.encode(text), ids);
    });
  }

  for (const { messages, text, ids } of golden.chats) {
    it(`renders a chat of ${messages.length} turns as transformers does, and gives its ids`, () => {
      assert.equal(model().renderChat(messages as ChatTurn[]), text);
      assert.deepEqual(model().tokenizer.encode(text), ids);
    });
  }

  it('gives back the bytes of every dev question', () => {
    const { tokenizer } = model();
    for (const turn of questions().flatMap(({ turns }) => turns))
      assert.equal(bytesOf(tokenizer, tokenizer.encode(turn)).toString(), turn);
  });

  it('shows special tokens by name, and gives them no bytes', () => {
    const { tokenizer } = model();
    const [id] = tokenizer.encode('<|im_end|>');
    assert.deepEqual(tokenizer.endTokens, [id]);
    assert.equal(tokenizer.labelOf(id), '<|im_end|>');
    assert.equal(tokenizer.bytesOf(id).length, 0);
  });

  it('starts raw text with nothing, as the file says', () => {
    assert.deepEqual(model().tokenizer.startTokens, []);
  });

  it('knows nothing of ids beyond its vocabulary', () => {
    const { tokenizer } = model();
    assert.equal(tokenizer.size, 49152);
    assert.equal(tokenizer.bytesOf(tokenizer.size).length, 0);
    assert.equal(tokenizer.labelOf(tokenizer.size), '[49152]');
  });

  it('encodes the empty text as no tokens', () => {
    assert.deepEqual(model().tokenizer.encode(''), []);
  });
});

describe('createTokenizer', () => {
  it('reads a byte-level vocabulary', () => {
    const tokenizer = createTokenizer(byteLevelTokenizerJson(), { endTokens: [] }, 'x');
    const ids = tokenizer.encode('ab ab');
    assert.deepEqual(
      ids.map((id) => tokenizer.labelOf(id)),
      ['ab', ' ', 'ab'],
    );
    assert.equal(bytesOf(tokenizer, ids).toString(), 'ab ab');
  });

  it('takes a space for a space as Unicode has it, not as JavaScript has it', () => {
    // U+FEFF is one to JavaScript only. Here it is a mark, in one word with the next one.
    const tokenizer = createTokenizer(byteLevelTokenizerJson(), { endTokens: [] }, 'x');
    assert.deepEqual(tokenizer.encode('\ufeff!'), [0xef, 0xbb, 258]);
  });

  it('reads a SentencePiece vocabulary with byte tokens', () => {
    const tokenizer = createTokenizer(sentencePieceTokenizerJson(), { endTokens: [2] }, 'x');
    const ids = tokenizer.encode('hi\né');
    assert.deepEqual(
      ids.map((id) => Buffer.from(tokenizer.bytesOf(id)).toString('latin1')),
      [' hi', '\n', '\xc3', '\xa9'],
    );
  });

  it('starts raw text as the tokenizer’s own template does', () => {
    assert.deepEqual(createTokenizer(sentencePieceTokenizerJson(), { endTokens: [] }, 'x').startTokens, [1]);
    assert.deepEqual(createTokenizer(byteLevelTokenizerJson(), { endTokens: [] }, 'x').startTokens, []);
  });

  it('adds an end token that is known by its text', () => {
    const json = sentencePieceTokenizerJson();
    assert.deepEqual(createTokenizer(json, { endTokens: [7], endText: '</s>' }, 'x').endTokens, [7, 2]);
    assert.deepEqual(createTokenizer(json, { endTokens: [2], endText: '</s>' }, 'x').endTokens, [2]);
    assert.deepEqual(createTokenizer(json, { endTokens: [7], endText: '' }, 'x').endTokens, [7]);
  });

  it('refuses what is not a tokenizer.json', () => {
    assert.throws(
      () => createTokenizer({ hello: 1 }, { endTokens: [] }, 'tok.json'),
      userError('bad-file', 'The tokenizer of tok.json has no valid added_tokens. Download it again.'),
    );
    assert.throws(
      () => createTokenizer('hello', { endTokens: [] }, 'tok.json'),
      userError('bad-file', 'The tokenizer of tok.json has no valid content. Download it again.'),
    );
  });

  it('refuses a vocabulary without ids', () => {
    const json = byteLevelTokenizerJson();
    assert.throws(
      () =>
        createTokenizer(
          { ...json, model: { ...json.model, vocab: { a: 'one' } } },
          { endTokens: [] },
          'tok.json',
        ),
      userError(
        'bad-file',
        'The vocabulary of tok.json does not give an id to each token. Download it again.',
      ),
    );
  });

  it('refuses other kinds of tokenizers', () => {
    const json = { ...byteLevelTokenizerJson(), pre_tokenizer: null, decoder: { type: 'WordPiece' } };
    assert.throws(
      () => createTokenizer(json, { endTokens: [] }, 'tok.json'),
      userError(
        'unsupported',
        'The tokenizer of tok.json is neither byte-level nor SentencePiece. Choose a Llama-family model.',
      ),
    );
  });
});
