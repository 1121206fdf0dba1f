import assert from 'node:assert/strict';
import type { Tokenizer } from '../../../src/models/model';
import { tokenizerDifference } from '../../../src/models/sameTokenizer';
import { createTokenizer } from '../../../src/models/tokenizer';
import { byteLevelTokenizerJson, sentencePieceTokenizerJson } from '../../support/tokenizers';

const made = (json: unknown) => createTokenizer(json, { endTokens: [] }, 'test');
const names = ['A', 'B'] as const;
const difference = (a: Tokenizer, b: Tokenizer) => tokenizerDifference(a, b, names);

describe('tokenizers', () => {
  const byteLevel = made(byteLevelTokenizerJson());

  it('of two files with the same content do not differ', () => {
    assert.equal(difference(byteLevel, made(byteLevelTokenizerJson())), null);
    const pieces = made(sentencePieceTokenizerJson());
    assert.equal(difference(pieces, made(sentencePieceTokenizerJson())), null);
  });

  it('may have different sizes: what only one of them has does not count', () => {
    const json = byteLevelTokenizerJson();
    json.added_tokens.push({ id: 259, content: '<tool>', special: true });
    assert.equal(difference(byteLevel, made(json)), null);
    assert.equal(difference(made(json), byteLevel), null);
  });

  it('differ where an id stands for other text, at equal sizes', () => {
    const json = byteLevelTokenizerJson();
    const { vocab } = json.model;
    [vocab['a'], vocab['b']] = [vocab['b'], vocab['a']];
    const token = Math.min(vocab['a'], vocab['b']);
    assert.equal(difference(byteLevel, made(json)), `token ${token} is "a" in A and "b" in B`);
    assert.match(difference(byteLevel, made(sentencePieceTokenizerJson())) ?? '', /^token 0 is/);
  });

  it('differ where a special token has another name, which has no bytes', () => {
    const json = byteLevelTokenizerJson();
    json.added_tokens[0].content = '<stop>';
    assert.equal(difference(byteLevel, made(json)), 'token 257 is "<end>" in A and "<stop>" in B');
  });

  it('differ where the same tokens are put together in another way', () => {
    const json = { ...byteLevelTokenizerJson() };
    json.model = { ...json.model, merges: ['\u00bf !'] };
    assert.match(difference(byteLevel, made(json)) ?? '', /a text goes on with "ab" in A and with "a" in B$/);
  });
});
