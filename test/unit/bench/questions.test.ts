import assert from 'node:assert/strict';
import { devQuestions, passage } from '../../../bench/questions';
import { defaultModel } from '../../support/defaultModel';
import { repositoryRoot } from '../../support/repository';

describe('passages', function () {
  this.timeout(60_000);
  const model = defaultModel();

  it('have as many tokens as asked for, the same from the text and as ids', async () => {
    const { tokenizer } = model();
    const questions = await devQuestions(repositoryRoot, Infinity);
    for (const length of [128, 512, 1536]) {
      const { text, tokens } = passage(questions, tokenizer, length);
      assert.deepEqual([...tokenizer.startTokens, ...tokenizer.encode(text)], tokens);
      assert.ok(tokens.length <= length && tokens.length > length - 4, `${tokens.length} of ${length}`);
    }
    assert.throws(() => passage(questions.slice(0, 1), tokenizer, 4096), /no 4096 tokens/);
  });
});
