import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pathTokens } from '../../decoding/toy';
import type { DraftTree } from '../../../../src/decoding/draftTree';
import { suffix } from '../../../../src/engine/drafters/suffix';
import {
  anyBudget,
  anyText,
  budgetOf,
  commit,
  emptyMemory,
  occurrences,
  proposalAfter,
  contextOf,
} from './drafting';

/** The constants of suffix.ts, stated again: changing one there must be meant. */
const MAX_LENGTH = 24;
const MIN_PATH_PROBABILITY = 0.1;
const MIN_SCORE = 0.5;

/** How near two scores may be for rounding to decide between them. */
const ROUNDING = 1e-9;

describe('suffix decoding', () => {
  it('proposes what followed a repeat, one node a matched token', () => {
    const draft = proposalAfter(suffix.create(contextOf()), [1, 2, 3, 7, 8, 9, 1, 2, 3], budgetOf(16));
    assert.deepEqual([...draft.token], [7, 8, 9]);
    assert.deepEqual([...draft.parent], [-1, 0, 1]);
    assert.deepEqual([...draft.q], [1, 1, 1]);
    assert.deepEqual(draft.source, ['suffix:3', 'suffix:3', 'suffix:3']);
  });

  it('branches where the text did, the likelier first, with q from the counts', () => {
    const text = [20, 1, 2, 7, 21, 1, 2, 8, 22, 1, 2, 7, 23, 1, 2];
    const draft = proposalAfter(suffix.create(contextOf()), text, budgetOf(16, 1));
    assert.deepEqual([...draft.token], [7, 8]);
    assert.deepEqual([...draft.parent], [-1, -1]);
    assert.deepEqual([...draft.q], [2 / 3, 1 / 3]);
  });

  it('widens before it deepens where both are as likely, the newest continuation first', () => {
    const text = [20, 1, 2, 7, 9, 21, 1, 2, 8, 9, 22, 1, 2];
    const draft = proposalAfter(suffix.create(contextOf()), text, budgetOf(2));
    assert.deepEqual([...draft.token], [8, 7]);
    assert.deepEqual([...draft.parent], [-1, -1]);
  });

  it('does not take the text’s end for evidence', () => {
    assert.equal(proposalAfter(suffix.create(contextOf()), [1, 2, 3], budgetOf(8)).token.length, 0);
  });

  it('drafts nothing after one token that was followed once, and something after two', () => {
    assert.equal(proposalAfter(suffix.create(contextOf()), [1, 9, 2, 1], budgetOf(8)).token.length, 0);
    assert.deepEqual(
      [...proposalAfter(suffix.create(contextOf()), [1, 9, 2, 1, 9, 3, 1], budgetOf(8)).token],
      [9],
    );
  });

  it('drafts nothing that promises less than half a token', () => {
    const text = [1, 4, 1, 5, 1, 6, 1];
    assert.equal(proposalAfter(suffix.create(contextOf()), text, budgetOf(8)).token.length, 0);
  });

  it('takes the longer match where two promise the same up to rounding', () => {
    const draft = proposalAfter(suffix.create(contextOf()), [0, 0, 0, 1, 0, 0, 0, 0, 0], budgetOf(2, 2));
    assert.deepEqual(draft.source, ['suffix:3', 'suffix:3']);
  });

  describe('with earlier outputs', () => {
    /** Memory of generations that wrote these after some prompt. */
    const memoryOf = (...outputs: number[][]) => {
      const memory = emptyMemory();
      for (const output of outputs) {
        const drafter = suffix.create(contextOf({ memory }));
        void drafter.reset([50, 51]);
        void commit(drafter, output);
        void drafter.dispose();
      }
      return memory;
    };

    it('proposes what one of them went on with, and says so', () => {
      const drafter = suffix.create(contextOf({ memory: memoryOf([1, 2, 3, 7, 8, 9]) }));
      const draft = proposalAfter(drafter, [40, 1, 2, 3], budgetOf(8));
      assert.deepEqual([...draft.token], [7, 8, 9]);
      assert.deepEqual(draft.source, ['suffix-global:3', 'suffix-global:3', 'suffix-global:3']);
    });

    it('proposes the better of the two offers, its own text’s on a tie', () => {
      const memory = memoryOf([1, 2, 3, 7, 8, 9]);
      const own = proposalAfter(
        suffix.create(contextOf({ memory })),
        [1, 2, 3, 4, 5, 6, 1, 2, 3],
        budgetOf(8),
      );
      assert.deepEqual([...own.token], [4, 5, 6]);
      const better = proposalAfter(
        suffix.create(contextOf({ memory })),
        [2, 3, 4, 5, 6, 1, 2, 3],
        budgetOf(8),
      );
      assert.deepEqual([...better.token], [7, 8, 9]);
    });

    it('remembers outputs and not prompts, also those that a reset ends', () => {
      const memory = emptyMemory();
      const drafter = suffix.create(contextOf({ memory }));
      void drafter.reset([1, 2, 3, 4]);
      void commit(drafter, [5, 6]);
      void commit(drafter, [7, 8]);
      void drafter.reset([9]);
      const after = (text: number[]) => [
        ...proposalAfter(suffix.create(contextOf({ memory })), text, budgetOf(8)).token,
      ];
      assert.deepEqual(after([1, 2]), []);
      assert.deepEqual(after([5, 6]), [7, 8]);
    });

    it('knows nothing of them after they were cleared, nor of what was at work then', () => {
      const memory = memoryOf([1, 2, 3]);
      const atWork = suffix.create(contextOf({ memory }));
      void atWork.reset([9]);
      void commit(atWork, [4, 5, 6]);
      memory.clear();
      void atWork.dispose();
      assert.equal(proposalAfter(suffix.create(contextOf({ memory })), [1, 2], budgetOf(8)).token.length, 0);
      assert.equal(proposalAfter(suffix.create(contextOf({ memory })), [4, 5], budgetOf(8)).token.length, 0);
    });

    it('takes the better of the offers of either text alone', () => {
      fc.assert(
        fc.property(anyText, anyText, anyBudget, (earlier, text, budget) => {
          const draft = proposalAfter(suffix.create(contextOf({ memory: memoryOf(earlier) })), text, budget);
          const alone = proposalAfter(suffix.create(contextOf()), text, budget);
          assert.ok(expected(draft) >= expected(alone));
          const global = draft.source.filter((source) => source.startsWith('suffix-global'));
          if (global.length === 0) assert.deepEqual(draft, alone);
          else assert.ok(expected(draft) > expected(alone) && global.length === draft.source.length);
        }),
      );
    });
  });

  it('agrees with a search of the whole text: probabilities, sizes, and the best match', () => {
    fc.assert(
      fc.property(anyText, anyBudget, (text, budget) => {
        const draft = proposalAfter(suffix.create(contextOf()), text, budget);
        const matches = Array.from({ length: Math.min(text.length, MAX_LENGTH) }, (_, i) => i + 1)
          .filter((length) => length > 1 || occurrences(text.slice(0, -1), text.slice(-1)).length > 1)
          .map((length) => ({
            length,
            score: bestScore(text, length, Math.min(length, budget.nodes), budget.depth),
          }))
          .filter(({ score }) => score > 0);
        const best = Math.max(0, ...matches.map(({ score }) => score));
        fc.pre(Math.abs(best - MIN_SCORE) > ROUNDING || best === MIN_SCORE);

        if (best < MIN_SCORE) {
          assert.equal(draft.token.length, 0);
          return;
        }
        const matchLength = matches.findLast(({ score }) => score >= best - ROUNDING)?.length ?? 0;
        assert.ok(draft.source.every((source) => source === `suffix:${matchLength}`));
        assert.ok(draft.token.length > 0 && draft.token.length <= matchLength);
        assert.ok(Math.abs(scoreOf(draft, text, matchLength) - best) < ROUNDING);
      }),
      { numRuns: 300 },
    );
  });
});

/** The sum of a tree's path probabilities. */
function expected({ parent, q }: DraftTree): number {
  const path: number[] = [];
  q.forEach((probability, node) => {
    path.push(probability * (parent[node] < 0 ? 1 : path[parent[node]]));
  });
  return path.reduce((a, b) => a + b, 0);
}

/** The score of a proposed tree, after checking each node's q against the counts of the text. */
function scoreOf(draft: DraftTree, text: readonly number[], matchLength: number): number {
  const pathProbability: number[] = [];
  draft.q.forEach((q, node) => {
    const path = pathTokens(draft, node);
    const before = [...text.slice(-matchLength), ...path.slice(0, -1)];
    assert.equal(q, ratio(text, before, path[path.length - 1]));
    const parent = draft.parent[node];
    pathProbability.push(q * (parent < 0 ? 1 : pathProbability[parent]));
    assert.ok(pathProbability[node] >= MIN_PATH_PROBABILITY);
    // Best first: nothing that comes later is likelier.
    assert.ok(node === 0 || pathProbability[node] <= pathProbability[node - 1]);
  });
  return pathProbability.reduce((a, b) => a + b, 0);
}

/** The largest sum of path probabilities of a tree after the text's last `length` tokens. */
function bestScore(text: readonly number[], length: number, maxNodes: number, maxDepth: number): number {
  const probabilities: number[] = [];
  const collect = (sequence: readonly number[], probability: number, depth: number): void => {
    if (depth > maxDepth || sequence.length >= MAX_LENGTH) return;
    for (const token of new Set(text)) {
      const next = probability * ratio(text, sequence, token);
      if (!(next >= MIN_PATH_PROBABILITY)) continue;
      probabilities.push(next);
      collect([...sequence, token], next, depth + 1);
    }
  };
  collect(text.slice(-length), 1, 1);
  return probabilities
    .sort((a, b) => b - a)
    .slice(0, maxNodes)
    .reduce((a, b) => a + b, 0);
}

/** Of the places where `sequence` is followed by a token, the part where it is `token`. */
function ratio(text: readonly number[], sequence: readonly number[], token: number): number {
  return occurrences(text, [...sequence, token]).length / occurrences(text.slice(0, -1), sequence).length;
}
