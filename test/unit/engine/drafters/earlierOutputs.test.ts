import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EarlierOutputs, MAX_LENGTH } from '../../../../src/engine/drafters/earlierOutputs';
import { anyText, occurrences } from './drafting';

/** How often each token occurs in the memory. */
function tokenCounts({ trie }: EarlierOutputs): Map<number, number> {
  const [root] = trie.suffixes;
  return new Map([...trie.children(root)].map((node) => [trie.token(node), trie.count(node)]));
}

describe('the memory of earlier outputs', () => {
  it('holds the latest outputs that fit, whole, and of a longer one its end', () => {
    fc.assert(
      fc.property(
        fc.array(anyText, { maxLength: 8 }),
        fc.integer({ min: 1, max: 60 }),
        (outputs, maxTokens) => {
          const memory = new EarlierOutputs(maxTokens);
          for (const output of outputs) memory.add(output);

          let room = maxTokens;
          const held: number[][] = [];
          for (const output of outputs.map((text) => text.slice(-maxTokens)).reverse()) {
            if (output.length > room) break;
            room -= output.length;
            held.push(output);
          }
          const counts = tokenCounts(memory);
          for (const token of new Set(outputs.flat())) {
            const count = held.reduce((sum, output) => sum + occurrences(output, [token]).length, 0);
            assert.equal(counts.get(token) ?? 0, count);
          }
          for (const output of held) {
            const { trie } = memory;
            assert.equal(trie.suffixesOf(output).length - 1, Math.min(output.length, MAX_LENGTH));
          }
        },
      ),
    );
  });

  it('learns nothing from an empty output', () => {
    const memory = new EarlierOutputs();
    memory.add([]);
    assert.equal(tokenCounts(memory).size, 0);
  });
});
