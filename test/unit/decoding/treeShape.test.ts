import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bestTreeShape, type TreeShape } from '../../../src/decoding/treeShape';

type Rates = readonly (readonly number[])[];

const rateOf = (rates: Rates, depth: number, rank: number) => rates[Math.min(depth, rates.length) - 1][rank];

function expectedTokens({ parent, rank, depth }: TreeShape, rates: Rates): number {
  const path: number[] = [];
  rank.forEach((r, i) => path.push(rateOf(rates, depth[i], r) * (parent[i] < 0 ? 1 : path[parent[i]])));
  return path.reduce((a, b) => a + b, 0);
}

/** The most expected tokens of any tree, by building them all: a rank comes after the ones before it. */
function bruteForce(rates: Rates, nodes: number, deepest: number): number {
  let best = 0;
  const grow = (shape: { parent: number[]; rank: number[]; depth: number[] }): void => {
    best = Math.max(best, expectedTokens(shape, rates));
    if (shape.parent.length === nodes) return;
    // Nodes are added in the order of their parents, so that each tree is built once.
    for (let parent = shape.parent.at(-1) ?? -1; parent < shape.parent.length; parent++) {
      const depth = parent < 0 ? 1 : shape.depth[parent] + 1;
      const rank = shape.parent.filter((other) => other === parent).length;
      if (depth > deepest || rank >= rates[0].length) continue;
      grow({
        parent: [...shape.parent, parent],
        rank: [...shape.rank, rank],
        depth: [...shape.depth, depth],
      });
    }
  };
  grow({ parent: [], rank: [], depth: [] });
  return best;
}

const anyRates = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
  .chain(([depths, ranks]) =>
    fc.array(
      fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: ranks, maxLength: ranks }),
      { minLength: depths, maxLength: depths },
    ),
  );

describe('the best tree shape', () => {
  it('is as good as the best of all trees, also where a later rank is the better one', () => {
    fc.assert(
      fc.property(anyRates, fc.nat(6), fc.nat(4), (rates, nodes, depth) => {
        const shape = bestTreeShape(rates, { nodes, depth }, 0);
        const best = bruteForce(rates, nodes, depth);
        assert.ok(Math.abs(expectedTokens(shape, rates) - best) < 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('is a tree within its limits: parents first, ranks without gaps', () => {
    fc.assert(
      fc.property(anyRates, fc.nat(20), fc.nat(5), (rates, nodes, depth) => {
        const shape = bestTreeShape(rates, { nodes, depth }, 0);
        assert.ok(shape.parent.length <= nodes);
        shape.parent.forEach((parent, i) => {
          assert.ok(parent < i);
          assert.equal(shape.depth[i], parent < 0 ? 1 : shape.depth[parent] + 1);
          assert.ok(shape.depth[i] <= depth);
          assert.equal(shape.rank[i], shape.parent.slice(0, i).filter((other) => other === parent).length);
        });
      }),
    );
  });

  it('ends where a node adds less than it must', () => {
    const rates = [[0.6, 0.2]];
    const sizes = [0.7, 0.5, 0.3, 0.21, 0.15].map(
      (least) => bestTreeShape(rates, { nodes: 16, depth: 4 }, least).parent.length,
    );
    // Path probabilities from above: 0.6, 0.36, 0.216, 0.2, 0.13.
    assert.deepEqual(sizes, [0, 1, 2, 3, 4]);
  });
});
