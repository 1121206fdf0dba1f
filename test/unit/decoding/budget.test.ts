import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chainPolicy, fixedPolicy, FREE } from '../../../src/decoding/budget';
import { DraftTreeBuilder } from '../../../src/decoding/draftTree';
import { reasonText } from '../../../src/decoding/reason';
import { userError } from '../../support/userError';

describe('fixedPolicy', () => {
  it('gives what was asked for, and says so', () => {
    assert.deepEqual(fixedPolicy({ nodes: 8, depth: 4 }).next({ remaining: 100, past: 0 }), {
      nodes: 8,
      depth: 4,
      price: FREE,
      policy: 'fixed',
      why: [{ code: 'asked', values: [8] }],
    });
    const one = fixedPolicy({ nodes: 1, depth: 1 }).next({ remaining: 100, past: 0 });
    assert.equal(reasonText(one.why), '1 node asked for in the settings');
  });

  it('says why a draft is smaller near the end', () => {
    const policy = fixedPolicy({ nodes: 8, depth: 4 });
    const near = policy.next({ remaining: 3, past: 0 });
    assert.deepEqual([near.nodes, near.depth, reasonText(near.why)], [8, 2, 'only 3 more tokens fit']);
    const last = policy.next({ remaining: 1, past: 0 });
    assert.deepEqual([last.nodes, last.depth, reasonText(last.why)], [0, 0, 'only one more token fits']);
  });

  it('is plain decoding when either number is 0', () => {
    for (const asked of [
      { nodes: 0, depth: 4 },
      { nodes: 8, depth: 0 },
    ]) {
      const budget = fixedPolicy(asked).next({ remaining: 100, past: 0 });
      assert.deepEqual(
        [budget.nodes, budget.depth, reasonText(budget.why)],
        [0, 0, 'no draft asked for in the settings'],
      );
    }
  });

  it('never allows more tokens than are left, nor more than was asked for', () => {
    const anyCount = fc.nat(64);
    fc.assert(
      fc.property(anyCount, anyCount, fc.integer({ min: 1, max: 80 }), (nodes, depth, remaining) => {
        const budget = fixedPolicy({ nodes, depth }).next({ remaining, past: 0 });
        assert.ok(budget.depth + 1 <= remaining);
        assert.ok(budget.depth <= depth && budget.nodes <= nodes);
        assert.equal(budget.nodes === 0, budget.depth === 0);
        assert.equal(budget.depth, Math.min(depth, nodes, remaining - 1));
      }),
    );
  });

  it('refuses numbers that are not counts, by name', () => {
    for (const value of [-1, 1.5, NaN]) {
      assert.throws(() => fixedPolicy({ nodes: value, depth: 4 }), userError('usage', /draft's nodes/));
      assert.throws(() => fixedPolicy({ nodes: 4, depth: value }), userError('usage', /draft's depth/));
    }
  });
});

describe('chainPolicy', () => {
  const policy = chainPolicy(fixedPolicy({ nodes: 8, depth: 4 }), 'cuda');

  it('keeps the path of first children, and says why', () => {
    const builder = new DraftTreeBuilder();
    const first = builder.add(-1, 10, 0.5, 'a');
    builder.add(-1, 11, 0.4, 'b');
    const second = builder.add(first, 12, 0.3, 'c');
    builder.add(first, 13, 0.2, 'd');
    builder.add(second, 14, 0.1, 'e');
    const { draft, kept, why } = policy.trim(builder.build(), 7);
    assert.deepEqual([...draft.token], [10, 12, 14]);
    assert.deepEqual([...draft.parent], [-1, 0, 1]);
    assert.deepEqual([...draft.depth], [1, 2, 3]);
    assert.deepEqual([...draft.q], [0.5, 0.3, 0.1]);
    assert.deepEqual(draft.source, ['a', 'c', 'e']);
    assert.deepEqual(kept, [0, 2, 4]);
    assert.equal(reasonText(why), 'cut to a chain: cuda verifies no trees');
  });

  it('leaves a chain, and an empty draft, as they are', () => {
    const builder = new DraftTreeBuilder();
    builder.add(builder.add(-1, 10, NaN, 'a'), 11, NaN, 'a');
    const chain = builder.build();
    assert.deepEqual(policy.trim(chain, 0), { draft: chain, kept: [0, 1], why: [] });
    assert.deepEqual(policy.trim(new DraftTreeBuilder().build(), 0).kept, []);
  });

  it('leaves the budget to the policy it stands for', () => {
    assert.deepEqual(
      policy.next({ remaining: 3, past: 0 }),
      fixedPolicy({ nodes: 8, depth: 4 }).next({ remaining: 3, past: 0 }),
    );
  });
});
