import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SuffixTrie } from '../../../../src/engine/drafters/suffixTrie';
import { NONE, ROOT } from '../../../../src/engine/drafters/tokenTrie';
import { anyText, occurrences } from './drafting';

function trieOf(text: readonly number[], maxLength: number, maxNodes = 1 << 20): SuffixTrie {
  const trie = new SuffixTrie(maxLength, maxNodes);
  for (const token of text) trie.append(token);
  return trie;
}

/** The node of a sequence, or `NONE`. */
function find(trie: SuffixTrie, sequence: readonly number[]): number {
  return sequence.reduce((node, token) => (node === NONE ? NONE : trie.child(node, token)), ROOT);
}

/** Every sequence in the trie with its node, the empty one left out. */
function contents(trie: SuffixTrie, node = ROOT, sequence: number[] = []): [number[], number][] {
  return [...trie.children(node)].flatMap((child) => {
    const longer = [...sequence, trie.token(child)];
    return [[longer, child] as [number[], number], ...contents(trie, child, longer)];
  });
}

describe('suffix trie', () => {
  it('counts every substring as a search of the whole text does', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 6 }), (text, maxLength) => {
        const trie = trieOf(text, maxLength);
        const substrings = new Set<string>();
        for (let at = 0; at < text.length; at++) {
          for (let length = 1; length <= maxLength && at + length <= text.length; length++) {
            const part = text.slice(at, at + length);
            substrings.add(part.join(' '));
            const node = find(trie, part);
            assert.notEqual(node, NONE);
            assert.equal(trie.count(node), occurrences(text, part).length);
            const followed = length < maxLength ? occurrences(text.slice(0, -1), part).length : 0;
            assert.equal(trie.continued(node), followed);
          }
        }
        assert.equal(contents(trie).length, substrings.size);
      }),
    );
  });

  it('has the text’s own suffixes at hand', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 6 }), (text, maxLength) => {
        const trie = trieOf(text, maxLength);
        assert.equal(trie.suffixLength, Math.min(text.length, maxLength));
        for (let length = 1; length <= trie.suffixLength; length++) {
          assert.equal(trie.suffix(length), find(trie, text.slice(-length)));
        }
      }),
    );
  });

  it('gives the weight of a substring to its continuations and to nothing else', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const trie = trieOf(text, 5);
        for (const [, node] of contents(trie)) {
          const children = [...trie.children(node)].reduce((sum, child) => sum + trie.count(child), 0);
          assert.equal(trie.continued(node), children);
        }
      }),
    );
  });

  it('grows through many nodes without losing one', () => {
    const text = Array.from({ length: 3000 }, (_, i) => (i * i) % 1009);
    const trie = trieOf(text, 8);
    for (let at = 0; at + 8 <= text.length; at += 97) {
      const part = text.slice(at, at + 8);
      assert.equal(trie.count(find(trie, part)), occurrences(text, part).length);
    }
  });

  it('stays within its nodes when full and keeps counting what it knows', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 30 }), (text, maxNodes) => {
        const trie = trieOf(text, 6, maxNodes);
        const known = contents(trie);
        assert.ok(known.length + 1 <= maxNodes);
        for (const [sequence, node] of known) {
          assert.ok(trie.count(node) <= occurrences(text, sequence).length);
          assert.ok(trie.count(node) > 0);
          const children = [...trie.children(node)].reduce((sum, child) => sum + trie.count(child), 0);
          assert.equal(trie.continued(node), children);
        }
        for (let length = 1; length <= trie.suffixLength; length++) {
          assert.equal(trie.suffix(length), find(trie, text.slice(-length)));
        }
      }),
    );
    const repeated = trieOf([1, 2, 3, 4, 1, 1, 1], 1, 3);
    assert.equal(repeated.count(find(repeated, [1])), 4);
    assert.equal(find(repeated, [3]), NONE);
  });
});
