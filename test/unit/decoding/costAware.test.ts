import assert from 'node:assert/strict';
import fc from 'fast-check';
import { costAwarePolicy } from '../../../src/decoding/costAware';
import { CostModel } from '../../../src/decoding/costModel';
import { DraftTreeBuilder, type DraftTree } from '../../../src/decoding/draftTree';

/** A chain of nodes with these `q`. */
function chain(source: string, ...q: number[]): DraftTree {
  const builder = new DraftTreeBuilder();
  q.forEach((value, i) => builder.add(i - 1, 100 + i, value, source));
  return builder.build();
}

/** A forward over n rows costs `first + each * (n - 1)` microseconds. */
const costs = (first: number, each: number): CostModel =>
  new CostModel([1, 64].map((rows) => ({ rows, past: 0, us: first + each * (rows - 1) })));

const times = (verify: number, total = verify) => ({ draft: 0, verify, sample: 0, commit: 0, total });
const limits = { nodes: 16, depth: 16 };

describe('the cost-aware policy', () => {
  it('verifies everything where more rows cost nothing', () => {
    const trimmed = costAwarePolicy(costs(1000, 0), limits).trim(chain('suffix:9', 0.9, 0.5, 0.1), 10);
    assert.deepEqual(trimmed.kept, [0, 1, 2]);
  });

  it('verifies nothing where a row costs as much as a step', () => {
    const trimmed = costAwarePolicy(costs(1000, 1000), limits).trim(chain('suffix:9', 0.9, 0.9), 10);
    assert.deepEqual(trimmed.kept, []);
    assert.equal(trimmed.draft.token.length, 0);
    assert.match(trimmed.reason, /^0 of 2 offered/);
  });

  it('cuts where the next node costs more than it brings', () => {
    // Rates of 1, 1.9, 2.71, 3.439 tokens; a fourth node of chance 0.07 is not worth 5 % of a step.
    const policy = costAwarePolicy(costs(1000, 50), limits);
    assert.deepEqual(policy.trim(chain('suffix:9', 0.9, 0.9, 0.9, 0.1), 10).kept, [0, 1, 2]);
  });

  it('keeps a tree: every kept node has its parent, whatever is offered and costs', () => {
    const offers = fc
      .array(fc.tuple(fc.nat(), fc.nat(30), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 20 })
      .map((nodes) => {
        const builder = new DraftTreeBuilder();
        for (const [at, token, q] of nodes) builder.add((at % (builder.size + 1)) - 1, token, q, 'suffix:3');
        return builder.build();
      });
    fc.assert(
      fc.property(offers, fc.nat(300), (offer, each) => {
        const { kept, draft } = costAwarePolicy(costs(1000, each), limits).trim(offer, 10);
        assert.deepEqual(
          [...draft.token],
          kept.map((node) => offer.token[node]),
        );
        kept.forEach((node, i) => {
          const parent = draft.parent[i] < 0 ? -1 : kept[draft.parent[i]];
          assert.equal(parent, offer.parent[node]);
          assert.ok(draft.parent[i] < i);
        });
      }),
    );
  });

  it('stops drafting when the guesses prove worthless, and no earlier', () => {
    const policy = costAwarePolicy(costs(1000, 200), limits);
    const offer = chain('suffix:2', 0.9);
    let drafted = 0;
    for (let round = 0; round < 50; round++) {
      const { draft } = policy.trim(offer, 10);
      drafted += draft.token.length;
      const verify = times(1000 + 200 * draft.token.length);
      policy.observe({ offer, draft, emitted: [7], past: 10, times: verify });
    }
    assert.ok(drafted >= 3 && drafted <= 25, `${drafted} rounds drafted`);
  });

  it('takes up again what it had given up, once the text proves it right', () => {
    const policy = costAwarePolicy(costs(1000, 200), limits);
    const offer = chain('suffix:2', 0.9);
    const round = (emitted: readonly number[]) => {
      const { draft } = policy.trim(offer, 10);
      const verify = times(1000 + 200 * draft.token.length);
      policy.observe({ offer, draft, emitted, past: 10, times: verify });
      return draft.token.length;
    };
    for (let i = 0; i < 50; i++) round([7]);
    assert.equal(round([7]), 0);
    for (let i = 0; i < 50; i++) round([100, 8]);
    assert.equal(round([100, 8]), 1);
  });

  it('counts what a round costs beside its forward: it makes drafting worth more', () => {
    const offer = chain('suffix:2', 0.25);
    const lean = costAwarePolicy(costs(1000, 300), limits);
    const heavy = costAwarePolicy(costs(1000, 300), limits);
    for (let round = 0; round < 5; round++) {
      const empty = chain('none');
      const outcome = { offer: empty, draft: empty, emitted: [7], past: 10 };
      lean.observe({ ...outcome, times: times(1000) });
      heavy.observe({ ...outcome, times: times(1000, 3000) });
    }
    assert.equal(lean.trim(offer, 10).kept.length, 0);
    assert.equal(heavy.trim(offer, 10).kept.length, 1);
  });

  it('never lets a round pass the tokens that are left', () => {
    const policy = costAwarePolicy(costs(1000, 0), limits);
    assert.equal(policy.next({ remaining: 1, past: 0 }).nodes, 0);
    assert.equal(policy.next({ remaining: 4, past: 0 }).depth, 3);
    assert.equal(policy.next({ remaining: 1000, past: 0 }).depth, 16);
  });
});
