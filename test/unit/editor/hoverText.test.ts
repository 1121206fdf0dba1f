import assert from 'node:assert/strict';
import { hoverText } from '../../../src/editor/hoverText';
import { header, rounds, tell } from '../../support/rounds';

describe('the hover over a generated token', () => {
  it('says of an accepted token why, who proposed it, and how both ranked it', () => {
    const text = hoverText(rounds[1], { at: 'node', round: 1, node: 0 }, header);
    const [first, second] = text.split('\n\n');
    assert.equal(first, '` ·binary ` accepted\\: the target drew it \\(p .91 under the sampler\\)');
    assert.equal(
      second,
      'bytes ` 20 62 69 6e 61 72 79 ` · p .91 · rank 1 of the target · q .84 · rank 1 of the draft · proposed by suffix, match of 7 tokens',
    );
  });

  it('says of a correction what it replaced', () => {
    const text = hoverText(rounds[2], { at: 'end', round: 2 }, header);
    assert.match(text, /^` ·data ` correction/);
    assert.match(text, /p \.62 · rank 1 of the target$/);
  });

  it('takes no text of the model’s for Markdown', () => {
    const hostile = '`](command:workbench.action.quit) <b>';
    const [round] = tell([
      {
        guesses: [{ text: hostile, state: 'rejected' }],
        end: { kind: 'correction', text: `**${hostile}` },
      },
    ]);
    const text = hoverText(round, { at: 'end', round: 0 }, header);
    assert.ok(text.startsWith('`` **`](command:workbench.action.quit)·<b> `` '));
    const reason = text.slice(text.indexOf('`` ', 3) + 3);
    assert.doesNotMatch(reason, /[^\\][[\]*<]/);
  });
});
