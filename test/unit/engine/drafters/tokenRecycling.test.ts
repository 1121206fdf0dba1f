import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Budget } from '../../../../src/decoding/budget';
import { rowTokens } from '../../../../src/decoding/draftTree';
import type { Drafter } from '../../../../src/engine/drafter';
import {
  candidateMatrix,
  CandidateMatrix,
  CANDIDATES,
} from '../../../../src/engine/drafters/candidateMatrix';
import { tokenRecycling } from '../../../../src/engine/drafters/tokenRecycling';
import { pathTokens, plainSettings, toyTarget } from '../../decoding/toy';
import { budgetOf, commit, emptyMemory, offerAfter, proposalAfter, contextOf } from './drafting';
import { speculate, topTokens } from './toyLoop';

/** The constant of tokenRecycling.ts, stated again: changing it there must be meant. */
const MIN_PATH_PROBABILITY = 0.05;

const greedy = { ...plainSettings, temperature: 0 };

describe('the matrix of candidates', () => {
  it('keeps the first candidates of each token, and no other token’s', () => {
    const matrix = new CandidateMatrix(4);
    const many = Int32Array.from({ length: CANDIDATES + 3 }, (_, i) => 10 + i);
    matrix.replace(3, many);
    matrix.replace(2, many.subarray(0, 2));
    assert.deepEqual([...matrix.after(3)], [...many.subarray(0, CANDIDATES)]);
    assert.deepEqual([...matrix.after(2)], [10, 11]);
    assert.deepEqual([...matrix.after(1)], []);
    matrix.replace(3, many.subarray(4, 5));
    assert.deepEqual([...matrix.after(3)], [14]);
  });

  it('learns at which rate each rank is chosen, and follows when it changes', () => {
    const matrix = new CandidateMatrix(4);
    matrix.replace(1, Int32Array.of(2, 3));
    const before = matrix.rate(1);
    for (let i = 0; i < 500; i++) matrix.observe(1, i % 4 === 0 ? 2 : 3);
    assert.ok(matrix.rate(1) > before);
    assert.ok(Math.abs(matrix.rate(0) - 0.25) < 0.02, `${matrix.rate(0)}`);
    assert.ok(Math.abs(matrix.rate(1) - 0.75) < 0.02, `${matrix.rate(1)}`);
    for (let i = 0; i < 500; i++) matrix.observe(1, 0);
    assert.ok(matrix.rate(0) + matrix.rate(1) < 0.02);
  });

  it('counts no choice after a token that it knows nothing of', () => {
    const matrix = new CandidateMatrix(4);
    const before = matrix.rate(0);
    matrix.observe(1, 2);
    assert.equal(matrix.rate(0), before);
  });
});

describe('token recycling', () => {
  it('proposes nothing before it has seen the token, and candidates of candidates after', async () => {
    const target = (context: readonly number[]) => {
      const logits = new Float32Array(20);
      logits[(context[context.length - 1] + 1) % 20] = 2;
      logits[(context[context.length - 1] + 5) % 20] = 1;
      return logits;
    };
    const memory = emptyMemory();
    assert.equal(
      proposalAfter(tokenRecycling.create(contextOf({ memory })), [3], budgetOf(8)).token.length,
      0,
    );
    await speculate(tokenRecycling.create(contextOf({ memory })), target, greedy, [0], 25, {
      nodes: 8,
      depth: 8,
    });
    const draft = proposalAfter(tokenRecycling.create(contextOf({ memory })), [3], budgetOf(4));
    assert.deepEqual([...draft.token.subarray(0, 2)], [4, 5]);
    assert.deepEqual([...draft.parent.subarray(0, 2)], [-1, 0]);
    assert.equal(draft.source[0], 'token-recycling:1');
  });

  it('is, every round, the best tree over the last candidates that any row had for each token', () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (seed, nodes, depth) => {
          const memory = emptyMemory();
          const matrix = memory.of(candidateMatrix);
          const drafter = tokenRecycling.create(contextOf({ memory }));
          const rates: number[][] = [];
          const watched: Drafter = {
            description: drafter.description,
            reset: (tokens) => drafter.reset(tokens),
            propose: (state, budget) => {
              rates.push(Array.from({ length: CANDIDATES }, (_, rank) => matrix.rate(rank)));
              return drafter.propose(state, budget);
            },
            commit: (...round) => drafter.commit(...round),
            dispose: () => drafter.dispose(),
          };
          const target = toyTarget(24, seed);
          const { rounds } = await speculate(watched, target, greedy, [1, 2], 30, { nodes, depth });

          const seen = new Map<number, number[]>();
          for (const [index, { tokens, budget, draft, scored, walk }] of rounds.entries()) {
            const root = tokens[tokens.length - 1];
            const probabilities = Array.from(draft.token, (_, node) => {
              const path = [root, ...pathTokens(draft, node)];
              const ranks = path.slice(1).map((token, i) => seen.get(path[i])?.indexOf(token) ?? -1);
              assert.equal(draft.source[node], `token-recycling:${ranks[ranks.length - 1] + 1}`);
              return ranks.reduce((product, rank) => product * rates[index][rank], 1);
            });
            const best = bestScore(root, seen, rates[index], budget);
            assert.ok(Math.abs(probabilities.reduce((a, b) => a + b, 0) - best) < 1e-9);

            const row = rowTokens(draft, root);
            const walked = walk.choices.map((choice) => choice.row);
            for (const at of [...row.keys(), ...walked]) seen.set(row[at], topTokens(scored.logits(at)));
          }
        },
      ),
      { numRuns: 30 },
    ));

  it('keeps what it learned for the next generation, until it is cleared', async () => {
    const memory = emptyMemory();
    const target = toyTarget(24, 3);
    await speculate(tokenRecycling.create(contextOf({ memory })), target, greedy, [1], 30, {
      nodes: 8,
      depth: 4,
    });
    const text = [...Array(24).keys()];
    const offered = async () => {
      const drafts = await Promise.all(
        text.map((token) => offerAfter(tokenRecycling.create(contextOf({ memory })), [token], budgetOf(8))),
      );
      return drafts.filter(({ token }) => token.length > 0).length;
    };
    assert.ok((await offered()) > 4);
    memory.clear();
    assert.equal(await offered(), 0);
  });

  it('fails loudly when it is told of a round without a text', () => {
    const drafter = tokenRecycling.create(contextOf());
    void drafter.reset([1]);
    void drafter.dispose();
    assert.throws(() => commit(drafter, [2]), /before it got a text/);
  });
});

/** The largest sum of path probabilities of a tree over these candidates, by looking at every path. */
function bestScore(
  root: number,
  candidates: ReadonlyMap<number, readonly number[]>,
  rates: readonly number[],
  { nodes, depth }: Pick<Budget, 'nodes' | 'depth'>,
): number {
  const probabilities: number[] = [];
  const collect = (token: number, probability: number, level: number): void => {
    if (level > depth) return;
    for (const [rank, candidate] of (candidates.get(token) ?? []).entries()) {
      const next = probability * rates[rank];
      if (next < MIN_PATH_PROBABILITY) continue;
      probabilities.push(next);
      collect(candidate, next, level + 1);
    }
  };
  collect(root, 1, 1);
  return probabilities
    .sort((a, b) => b - a)
    .slice(0, nodes)
    .reduce((a, b) => a + b, 0);
}
