import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DraftTree } from '../../../../src/decoding/draftTree';
import { bestTreeShape } from '../../../../src/decoding/treeShape';
import type { DraftNode } from '../../../../src/engine/draftModel';
import {
  growByNucleus,
  growByScore,
  growShape,
  type LevelGuesser,
} from '../../../../src/engine/drafters/levelGrowth';
import { pathTokens, softmax, toyTarget } from '../../decoding/toy';
import { budgetOf, checkDraft } from './drafting';

const VOCABULARY = 5;

/** Guesses by a toy's law, and keeps the rows of each run. */
class ToyGuesser implements LevelGuesser<readonly number[][]> {
  readonly runs: number[][][] = [];
  private rows: number[][] = [];
  private readonly law: (path: readonly number[]) => number[];

  constructor(seed: number) {
    const target = toyTarget(VOCABULARY, seed);
    this.law = (path) => softmax(target([9, ...path]));
  }

  first = () => Promise.resolve([[]]);

  next = (nodes: readonly DraftNode[]) => {
    const paths = nodes.map(({ token, parent }) => [...(parent < 0 ? [] : this.rows[parent]), token]);
    this.rows = [...this.rows, ...paths];
    this.runs.push(paths);
    return Promise.resolve(paths);
  };

  children = (paths: readonly number[][], row: number, path: readonly number[]) => {
    assert.deepEqual(paths[row], path);
    return this.ranked(path);
  };

  source = (depth: number, rank: number) => `toy-${rank}:${depth}`;

  ranked(path: readonly number[]) {
    const law = this.law(path);
    return law.map((q, token) => ({ token, q })).sort((a, b) => b.q - a.q);
  }

  /** All paths up to a depth. */
  all(depth: number): { path: number[]; probability: number }[] {
    const found: { path: number[]; probability: number }[] = [];
    const visit = (path: number[], probability: number): void => {
      if (path.length > 0) found.push({ path, probability });
      if (path.length === depth) return;
      for (const { token, q } of this.ranked(path)) visit([...path, token], probability * q);
    };
    visit([], 1);
    return found;
  }
}

const anySize = [fc.nat(500), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 4 })] as const;
const anyGrowth = [...anySize, fc.constantFrom(0, 0.05, 0.2)] as const;
/** Falling. */
const pathProbabilities = ({ q, parent }: DraftTree): number[] => {
  const probabilities: number[] = [];
  q.forEach((own, node) => probabilities.push(own * (parent[node] < 0 ? 1 : probabilities[parent[node]])));
  return probabilities.sort((a, b) => b - a);
};
const limitsOf = (nodes: number, depth: number, minPathProbability = 0, minLevelProbability = 0) => ({
  ...{ nodes, depth, minPathProbability, minLevelProbability },
});

describe('growing a draft level by level', () => {
  it('gives the most probable tree, with a run for each level but the first at most', () =>
    fc.assert(
      fc.asyncProperty(...anyGrowth, async (seed, nodes, depth, least) => {
        const guesser = new ToyGuesser(seed);
        const draft = await growByScore(guesser, limitsOf(nodes, depth, least));
        checkDraft(draft, budgetOf(nodes, depth));
        const expected = guesser
          .all(depth)
          .filter(({ probability }) => probability >= least)
          .sort((a, b) => b.probability - a.probability)
          .slice(0, nodes);
        const paths = [...draft.token.keys()].map((node) => pathTokens(draft, node).join(' '));
        assert.deepEqual(paths.sort(), expected.map(({ path }) => path.join(' ')).sort());
        assert.ok(guesser.runs.length < depth);
        draft.source.forEach((source, node) => {
          const parent = pathTokens(draft, node).slice(0, -1);
          const rank = guesser.ranked(parent).findIndex(({ token }) => token === draft.token[node]);
          assert.equal(source, `toy-${rank}:${draft.depth[node]}`);
        });
      }),
    ));

  it('with thrift runs fewer nodes, and misses no path that is far more probable than those it has', async () => {
    const rowsRun = [0, 0];
    await fc.assert(
      fc.asyncProperty(...anySize, async (seed, nodes, depth) => {
        const [lossless, thrifty] = [new ToyGuesser(seed), new ToyGuesser(seed)];
        const limits = limitsOf(nodes, depth);
        const best = await growByScore(lossless, limits);
        const draft = await growByScore(thrifty, limits, { widths: [Infinity], childProbability: 0.5 });
        checkDraft(draft, budgetOf(nodes, depth));
        const wanted = pathProbabilities(best);
        pathProbabilities(draft).forEach((probability, i) =>
          assert.ok(probability >= 0.5 * wanted[i] - 1e-9, `${probability} for ${wanted[i]}`),
        );
        assert.equal(draft.token.length, best.token.length);
        [lossless, thrifty].forEach(({ runs }, i) => (rowsRun[i] += runs.flat().length));
      }),
    );
    assert.ok(rowsRun[1] < rowsRun[0], rowsRun.join());
  });

  it('with thrift goes on from the most probable of a level, as many as its width', () =>
    fc.assert(
      fc.asyncProperty(...anySize, async (seed, nodes, depth) => {
        const guesser = new ToyGuesser(seed);
        const draft = await growByScore(guesser, limitsOf(nodes, depth), {
          widths: [2, 1],
          childProbability: 1,
        });
        checkDraft(draft, budgetOf(nodes, depth));
        const widest = guesser.ranked([]).slice(0, Math.min(2, nodes));
        const [first = widest.map(({ token }) => [token]), ...further] = guesser.runs;
        assert.deepEqual(
          first,
          widest.map(({ token }) => [token]),
        );
        assert.ok(further.every((paths) => paths.length === 1));
      }),
    ));

  it('runs no level that cannot bring what it costs', async () => {
    const guesser = new ToyGuesser(3);
    const [first] = guesser.ranked([]);
    const above = limitsOf(1, 4, 0, first.q + 0.01);
    assert.equal((await growByScore(guesser, above)).token.length, 1);
    assert.deepEqual(guesser.runs, []);
    await growByScore(guesser, limitsOf(1, 2, 0, first.q - 0.01));
    assert.deepEqual(guesser.runs, [[[first.token]]]);
  });

  it('as Clover does: of each node the nucleus without the improbable, of a level the best that the budget leaves', () =>
    fc.assert(
      fc.asyncProperty(...anyGrowth, async (seed, nodes, depth, least) => {
        const guesser = new ToyGuesser(seed);
        const draft = await growByNucleus(guesser, limitsOf(nodes, depth, least));
        checkDraft(draft, budgetOf(nodes, depth));
        // The same said in another way, a level at a time.
        let level: { path: number[]; probability: number }[] = [{ path: [], probability: 1 }];
        const expected: string[] = [];
        for (let at = 0; at < depth && expected.length < nodes; at++) {
          const offered = level.flatMap(({ path, probability }) => {
            const ranked = guesser.ranked(path);
            const inside = ranked.filter(
              ({ q }, rank) =>
                ranked.slice(0, rank).reduce((sum, before) => sum + before.q, 0) <= 0.8 &&
                q >= ranked[0].q / 4 &&
                probability * q >= least,
            );
            return inside.map(({ token, q }) => ({ path: [...path, token], probability: probability * q }));
          });
          level = offered.sort((a, b) => b.probability - a.probability).slice(0, nodes - expected.length);
          expected.push(...level.map(({ path }) => path.join(' ')));
        }
        const paths = [...draft.token.keys()].map((node) => pathTokens(draft, node).join(' '));
        assert.deepEqual(paths.sort(), expected.sort());
      }),
    ));

  it('fills a shape with the children of its ranks, and runs nodes that have children alone', () =>
    fc.assert(
      fc.asyncProperty(...anySize, async (seed, nodes, depth) => {
        const guesser = new ToyGuesser(seed);
        const shape = bestTreeShape([[0.5, 0.2, 0.1]], { nodes, depth }, 0);
        const draft = await growShape(guesser, shape);
        checkDraft(draft, budgetOf(nodes, depth));
        const pathOf = (place: number): number[] => {
          if (place < 0) return [];
          const above = pathOf(shape.parent[place]);
          return [...above, guesser.ranked(above)[shape.rank[place]].token];
        };
        const paths = [...draft.token.keys()].map((node) => pathTokens(draft, node).join(' '));
        assert.deepEqual(paths.sort(), shape.parent.map((_, place) => pathOf(place).join(' ')).sort());
        const parents = new Set(shape.parent.filter((place) => place >= 0));
        assert.equal(guesser.runs.flat().length, parents.size);
      }),
    ));

  it('is empty where nothing can be guessed, and within no budget', async () => {
    const silent = Object.assign(new ToyGuesser(1), { first: () => Promise.resolve(null) });
    assert.equal((await growByScore(silent, limitsOf(4, 4))).token.length, 0);
    assert.equal((await growByNucleus(new ToyGuesser(1), limitsOf(0, 4))).token.length, 0);
  });
});
