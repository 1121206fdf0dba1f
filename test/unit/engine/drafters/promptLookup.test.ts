import assert from 'node:assert/strict';
import fc from 'fast-check';
import { promptLookup } from '../../../../src/engine/drafters/promptLookup';
import { anyBudget, anyText, budgetOf, occurrences, proposalAfter } from './drafting';

/** The constant of promptLookup.ts, stated again: changing it there must be meant. */
const MAX_MATCH = 32;

describe('prompt lookup', () => {
  it('proposes what followed the latest earlier place of the last three tokens', () => {
    const draft = proposalAfter(promptLookup.create(), [1, 2, 3, 8, 1, 2, 3, 9, 6, 7, 1, 2, 3], budgetOf(3));
    assert.deepEqual([...draft.token], [9, 6, 7]);
    assert.deepEqual([...draft.parent], [-1, 0, 1]);
    assert.deepEqual(draft.source, ['prompt-lookup:3', 'prompt-lookup:3', 'prompt-lookup:3']);
    assert.ok(draft.q.every(Number.isNaN));
  });

  it('falls back to two tokens and to one', () => {
    assert.deepEqual(
      [...proposalAfter(promptLookup.create(), [5, 2, 3, 9, 4, 2, 3], budgetOf(2)).token],
      [9, 4],
    );
    assert.deepEqual(proposalAfter(promptLookup.create(), [3, 9, 4, 3], budgetOf(1)).source, [
      'prompt-lookup:1',
    ]);
  });

  it('does not match the text’s end with itself, but lets a match overlap it', () => {
    assert.equal(proposalAfter(promptLookup.create(), [1, 2, 3], budgetOf(4)).token.length, 0);
    assert.deepEqual([...proposalAfter(promptLookup.create(), [9, 4, 4], budgetOf(1)).token], [4]);
  });

  it('goes on copying from its own draft where the continuation reaches the text’s end', () => {
    const drafted = (text: number[]) => [...proposalAfter(promptLookup.create(), text, budgetOf(7)).token];
    assert.deepEqual(drafted([4, 4]), [4, 4, 4, 4, 4, 4, 4]);
    assert.deepEqual(drafted([9, 1, 2, 3, 1, 2, 3]), [1, 2, 3, 1, 2, 3, 1]);
  });

  it('finds what a search of the whole text finds', () => {
    fc.assert(
      fc.property(anyText, anyBudget, (text, budget) => {
        const draft = proposalAfter(promptLookup.create(), text, budget);
        const length = Math.min(budget.nodes, budget.depth);
        const found = length > 0 ? search(text) : null;
        const continuation: number[] = [];
        if (found !== null) {
          for (const extended = [...text]; continuation.length < length;) {
            continuation.push(extended[found.next + continuation.length]);
            extended.push(continuation[continuation.length - 1]);
          }
        }
        assert.deepEqual([...draft.token], continuation);
        assert.deepEqual(
          [...draft.parent],
          continuation.map((_, i) => i - 1),
        );
        assert.deepEqual(
          draft.source,
          continuation.map(() => `prompt-lookup:${found?.length}`),
        );
      }),
      { numRuns: 300 },
    );
  });
});

/** The place after the last followed occurrence of the longest n-gram there is, and how long the match before it is. */
function search(text: readonly number[]): { length: number; next: number } | null {
  for (const ngram of [3, 2, 1]) {
    if (ngram > text.length) continue;
    const at = occurrences(text.slice(0, -1), text.slice(-ngram)).at(-1);
    if (at === undefined) continue;
    const next = at + ngram;
    const lengths = Array.from({ length: Math.min(next, MAX_MATCH) }, (_, i) => i + 1);
    const matching = lengths.filter((length) =>
      text.slice(next - length, next).every((token, i) => token === text[text.length - length + i]),
    );
    return { length: Math.max(...matching), next };
  }
  return null;
}
