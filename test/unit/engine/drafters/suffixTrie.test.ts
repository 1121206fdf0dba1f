import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SuffixTrie } from '../../../../src/engine/drafters/suffixTrie';
import { NONE, ROOT } from '../../../../src/engine/drafters/tokenTrie';
import { anyText, occurrences } from './drafting';

const anyTexts = fc.array(anyText, { maxLength: 5 });

function trieOfTexts(texts: readonly (readonly number[])[], maxLength: number): SuffixTrie {
  const trie = new SuffixTrie(maxLength, 1 << 20);
  for (const text of texts) {
    for (const token of text) trie.append(token);
    trie.endText();
  }
  return trie;
}

/** Counts of a trie by sequence, without the order in which it learned. */
function countsOf(trie: SuffixTrie): Map<string, [count: number, continued: number]> {
  return new Map(
    contents(trie)
      .map(([sequence, node]): [string, [number, number]] => [
        sequence.join(' '),
        [trie.count(node), trie.continued(node)],
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

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
        assert.equal(trie.suffixes.length - 1, Math.min(text.length, maxLength));
        for (let length = 1; length < trie.suffixes.length; length++) {
          assert.equal(trie.suffixes[length], find(trie, text.slice(-length)));
        }
      }),
    );
  });

  it('finds the suffixes of another text, as far as they occur', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.integer({ min: 1, max: 6 }), (text, other, maxLength) => {
        const trie = trieOf(text, maxLength);
        const nodes = trie.suffixesOf(other);
        nodes.forEach((node, length) => {
          assert.equal(node, find(trie, length === 0 ? [] : other.slice(-length)));
        });
        const longer = other.slice(-nodes.length);
        const ends = nodes.length > Math.min(maxLength, other.length);
        assert.ok(ends || occurrences(text, longer).length === 0);
      }),
    );
  });

  it('counts no substring across the border between two texts', () => {
    fc.assert(
      fc.property(anyTexts, fc.integer({ min: 1, max: 6 }), (texts, maxLength) => {
        for (const [sequence, node] of contents(trieOfTexts(texts, maxLength))) {
          const count = texts.reduce((sum, text) => sum + occurrences(text, sequence).length, 0);
          assert.equal(count, trieOfTexts(texts, maxLength).count(node));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is after taking texts out what it would be without them, and learns on', () => {
    fc.assert(
      fc.property(
        anyTexts,
        anyTexts,
        anyText,
        fc.integer({ min: 1, max: 6 }),
        (out, kept, last, maxLength) => {
          const trie = trieOfTexts([...out, ...kept], maxLength);
          for (const text of out) trie.removeText(text);
          assert.deepEqual(countsOf(trie), countsOf(trieOfTexts(kept, maxLength)));
          for (const token of last) trie.append(token);
          assert.deepEqual(countsOf(trie), countsOf(trieOfTexts([...kept, last], maxLength)));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('gives the numbers of removed nodes again, so that it never grows past what it holds', () => {
    const trie = new SuffixTrie(4, 4 * 50 + 1);
    let highest = 0;
    for (let round = 0; round < 100; round++) {
      const text = Array.from({ length: 50 }, (_, i) => (i * i + round * 7919) % 1009);
      for (const token of text) trie.append(token);
      trie.endText();
      for (let at = 0; at + 4 <= text.length; at++) {
        const node = find(trie, text.slice(at, at + 4));
        assert.equal(trie.count(node), occurrences(text, text.slice(at, at + 4)).length);
        highest = Math.max(highest, node);
      }
      trie.removeText(text);
    }
    assert.equal(contents(trie).length, 0);
    assert.ok(highest <= 200);
  });

  it('refuses to take out what it does not hold', () => {
    assert.throws(() => trieOf([1, 2], 3).removeText([1, 3]), /does not hold/);
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
        for (let length = 1; length < trie.suffixes.length; length++) {
          assert.equal(trie.suffixes[length], find(trie, text.slice(-length)));
        }
      }),
    );
    const repeated = trieOf([1, 2, 3, 4, 1, 1, 1], 1, 3);
    assert.equal(repeated.count(find(repeated, [1])), 4);
    assert.equal(find(repeated, [3]), NONE);
  });
});
