import assert from 'node:assert/strict';
import { tokenClass, type TokenClass } from '../../../src/decoding/tokenClass';

describe('tokenClass', () => {
  const cases: Record<TokenClass, string[]> = {
    whitespace: [' ', '\n\n', '\t'],
    word: [' the', 'naïve', "don't", ' is_empty', '二分', 'x2'],
    number: ['3', ' 42', '3.14', '1,000'],
    punctuation: ['.', ' "', '):', '…'],
    code: ['{', ' =>', '();{', '```', '+='],
    special: [],
    other: ['3rd!', 'a=b', '\ufffd', '#include'],
  };
  for (const [expected, texts] of Object.entries(cases)) {
    for (const text of texts) {
      it(`takes ${JSON.stringify(text)} for ${expected}`, () =>
        assert.equal(tokenClass(text, true), expected));
    }
  }

  it('takes a token without bytes for a special one, whatever its label', () => {
    assert.equal(tokenClass('<|im_end|>', false), 'special');
  });
});
