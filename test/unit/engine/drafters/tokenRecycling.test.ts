import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rowTokens } from '../../../../src/decoding/draftTree';
import { bestTreeShape } from '../../../../src/decoding/treeShape';
import {
  candidateMatrix,
  CandidateMatrix,
  CANDIDATES,
} from '../../../../src/engine/drafters/candidateMatrix';
import { tokenRecycling } from '../../../../src/engine/drafters/tokenRecycling';
import { plainSettings, toyTarget } from '../../decoding/toy';
import { budgetOf, commit, contextOf, emptyMemory, offerAfter, proposalAfter, VOCABULARY } from './drafting';
import { speculate, topTokens } from './toyLoop';

/** The constant of tokenRecycling.ts, stated again: changing it there must be meant. */
const LEAST_GAIN = 0.05;

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
    const before = matrix.rates;
    for (let i = 0; i < 500; i++) matrix.observe(1, i % 4 === 0 ? 2 : 3, 2);
    const [first, second] = matrix.rates[1];
    assert.ok(second > before[1][1]);
    assert.ok(Math.abs(first - 0.25) < 0.02, `${first}`);
    assert.ok(Math.abs(second - 0.75) < 0.02, `${second}`);
    // Each depth has its own rates.
    assert.deepEqual(matrix.rates[0], before[0]);
    for (let i = 0; i < 500; i++) matrix.observe(1, 0, 2);
    assert.ok(matrix.rates[1][0] + matrix.rates[1][1] < 0.02);
  });

  it('counts no choice after a token that it knows nothing of', () => {
    const matrix = new CandidateMatrix(4);
    const before = matrix.rates;
    matrix.observe(1, 2, 1);
    assert.deepEqual(matrix.rates, before);
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

  it('holds, every round, nothing but the last candidates that any row had for each token', () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (seed, nodes, depth) => {
          const drafter = tokenRecycling.create(contextOf());
          const target = toyTarget(24, seed);
          const prompt = [1, 2, 1, 3, 2, 1];
          const { rounds } = await speculate(drafter, target, greedy, prompt, 40, { nodes, depth });

          const seen = new Map<number, number[]>();
          // The last token of the prompt is the first round's root.
          prompt.slice(0, -1).forEach((token, place) => {
            seen.set(token, topTokens(target(prompt.slice(0, place + 1))));
          });
          for (const { tokens, draft, scored, walk } of rounds) {
            const root = tokens[tokens.length - 1];
            draft.token.forEach((token, node) => {
              const parent = draft.parent[node] < 0 ? root : draft.token[draft.parent[node]];
              const rank = seen.get(parent)?.indexOf(token) ?? -1;
              assert.equal(draft.source[node], `token-recycling:${rank + 1}`);
            });
            const row = rowTokens(draft, root);
            const walked = walk.choices.map((choice) => choice.row);
            for (const at of [...row.keys(), ...walked]) seen.set(row[at], topTokens(scored.logits(at)));
          }
          assert.ok(rounds[0].draft.token.length > 0, 'the prompt has shown what follows its last token');
        },
      ),
      { numRuns: 30 },
    ));

  it('asks once for each token of the prompt, where it stands last, and not for the text’s last token', () => {
    const { candidates } = tokenRecycling.create(contextOf());
    assert.deepEqual(candidates.wanted([7, 5, 7, 9, 5, 5, 8]), [2, 3, 5]);
    assert.deepEqual(candidates.wanted([7]), []);
  });

  it('has the shape that is best by the measured rates, and a new one for another budget', () => {
    const memory = emptyMemory();
    const matrix = memory.of(candidateMatrix);
    for (let token = 0; token < VOCABULARY; token++) {
      matrix.replace(
        token,
        Int32Array.from({ length: CANDIDATES }, (_, i) => (token * 7 + i + 1) % VOCABULARY),
      );
    }
    for (let i = 0; i < 300; i++) matrix.observe(1, [8, 9, 10, 8, 8][i % 5], 1 + (i % 3));
    const { rates } = matrix;
    const drafter = tokenRecycling.create(contextOf({ memory }));
    for (const [nodes, depth] of [
      [12, 6],
      [12, 2],
      [3, 6],
    ]) {
      const draft = proposalAfter(drafter, [1], budgetOf(nodes, depth));
      const shape = bestTreeShape(rates, { nodes, depth }, LEAST_GAIN);
      assert.deepEqual([...draft.parent], shape.parent);
      assert.deepEqual(
        draft.source,
        shape.rank.map((rank) => `token-recycling:${rank + 1}`),
      );
      draft.q.forEach((q, node) =>
        assert.equal(q, rates[Math.min(shape.depth[node], 4) - 1][shape.rank[node]]),
      );
    }
  });

  it('grows no further than a node must promise', () => {
    const memory = emptyMemory();
    const matrix = memory.of(candidateMatrix);
    for (let token = 0; token < VOCABULARY; token++) {
      matrix.replace(
        token,
        Int32Array.from({ length: CANDIDATES }, (_, i) => (token + i + 1) % VOCABULARY),
      );
    }
    const sizes = [0, 0.1, 0.3, 0.5].map((node) => {
      const budget = { ...budgetOf(16), price: { node, level: 0, time: 0 } };
      return proposalAfter(tokenRecycling.create(contextOf({ memory })), [1], budget).token.length;
    });
    assert.ok(sizes[0] > sizes[1] && sizes[1] > sizes[2] && sizes[2] > sizes[3]);
    assert.equal(sizes[3], 0);
  });

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
