import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fixedPolicy } from '../../../src/decoding/budget';
import { userError } from '../../support/userError';

describe('fixedPolicy', () => {
  it('gives what was asked for, and says so', () => {
    assert.deepEqual(fixedPolicy({ nodes: 8, depth: 4 }).next({ remaining: 100 }), {
      nodes: 8,
      depth: 4,
      policy: 'fixed',
      reason: '8 nodes asked for in the settings',
    });
    const one = fixedPolicy({ nodes: 1, depth: 1 }).next({ remaining: 100 });
    assert.equal(one.reason, '1 node asked for in the settings');
  });

  it('says why a draft is smaller near the end', () => {
    const policy = fixedPolicy({ nodes: 8, depth: 4 });
    const near = policy.next({ remaining: 3 });
    assert.deepEqual([near.nodes, near.depth, near.reason], [8, 2, 'only 3 more tokens fit']);
    const last = policy.next({ remaining: 1 });
    assert.deepEqual([last.nodes, last.depth, last.reason], [0, 0, 'only one more token fits']);
  });

  it('is plain decoding when either number is 0', () => {
    for (const asked of [
      { nodes: 0, depth: 4 },
      { nodes: 8, depth: 0 },
    ]) {
      const budget = fixedPolicy(asked).next({ remaining: 100 });
      assert.deepEqual(
        [budget.nodes, budget.depth, budget.reason],
        [0, 0, 'no draft asked for in the settings'],
      );
    }
  });

  it('never allows more tokens than are left, nor more than was asked for', () => {
    const anyCount = fc.nat(64);
    fc.assert(
      fc.property(anyCount, anyCount, fc.integer({ min: 1, max: 80 }), (nodes, depth, remaining) => {
        const budget = fixedPolicy({ nodes, depth }).next({ remaining });
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
