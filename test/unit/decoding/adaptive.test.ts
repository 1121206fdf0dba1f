import assert from 'node:assert/strict';
import { adaptivePolicy } from '../../../src/decoding/adaptive';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../../src/decoding/draftTree';
import { reasonText } from '../../../src/decoding/reason';
import { userError } from '../../support/userError';

function chain(length: number): DraftTree {
  const builder = new DraftTreeBuilder();
  for (let i = 0; i < length; i++) builder.add(i - 1, i, NaN, 'a');
  return builder.build();
}

const limits = { nodes: 16, depth: 16 };

/** The lengths of so many rounds, in which at most `right` tokens are accepted and a node costs `each`. */
function run(policy: ReturnType<typeof adaptivePolicy>, rounds: number, right: number, each: number) {
  return Array.from({ length: rounds }, () => {
    const { depth } = policy.next({ remaining: 1000, past: 0 });
    const draft = chain(depth);
    const emitted = new Array<number>(1 + Math.min(depth, right)).fill(0);
    const total = 1000 + each * depth;
    policy.observe({
      offer: draft,
      draft,
      emitted,
      past: 0,
      times: { draft: 0, verify: total, sample: 0, commit: 0, total },
    });
    return depth;
  });
}

describe('the adaptive policy', () => {
  it('grows to the limit while everything is accepted and rows are cheap', () => {
    const lengths = run(adaptivePolicy(limits), 80, 16, 10);
    assert.equal(lengths[0], 4);
    assert.equal(lengths.at(-1), 16);
    lengths.slice(1).forEach((length, i) => assert.ok(Math.abs(length - lengths[i]) <= 1));
  });

  it('is never longer than 16, nor than was asked for', () => {
    assert.equal(Math.max(...run(adaptivePolicy({ nodes: 64, depth: 64 }), 200, 64, 0)), 16);
    assert.equal(Math.max(...run(adaptivePolicy({ nodes: 5, depth: 16 }), 200, 64, 0)), 5);
    assert.equal(adaptivePolicy(limits).next({ remaining: 3, past: 0 }).depth, 2);
    assert.equal(adaptivePolicy({ nodes: 0, depth: 16 }).next({ remaining: 99, past: 0 }).nodes, 0);
  });

  it('gives up a longer draft that costs more than it brings', () => {
    // All accepted, but every node costs as much as a step: longer ones are tried and not kept.
    const lengths = run(adaptivePolicy(limits), 120, 1, 1000);
    assert.ok(
      lengths.slice(60).every((length) => length <= 2),
      lengths.join(' '),
    );
  });

  it('waits a round after a try that was kept, and six after one that was not', () => {
    // The first round asks for a try, which takes two.
    assert.deepEqual(run(adaptivePolicy(limits), 8, 16, 0), [4, 5, 5, 5, 6, 6, 6, 7]);
    assert.deepEqual(
      run(adaptivePolicy({ nodes: 4, depth: 4 }), 10, 1, 1000),
      [1, 2, 1, 1, 1, 1, 1, 1, 2, 1],
    );
  });

  it('shrinks when little is accepted, and rests when nothing is', () => {
    const policy = adaptivePolicy(limits);
    run(policy, 60, 16, 10);
    const lengths = run(policy, 200, 0, 10);
    assert.ok(lengths.includes(1));
    const rests = lengths.filter((length) => length === 0).length;
    assert.ok(rests > 50 && rests < 180, `${rests}`);
    assert.match(reasonText(policy.next({ remaining: 99, past: 0 }).why), /rests for|best so far/);
  });

  it('comes back after a rest', () => {
    const policy = adaptivePolicy(limits);
    run(policy, 100, 0, 10);
    assert.ok(run(policy, 100, 16, 10).at(-1)! > 4);
  });

  it('learns nothing of a round without a draft', () => {
    const policy = adaptivePolicy(limits);
    const before = policy.next({ remaining: 99, past: 0 });
    for (let i = 0; i < 20; i++) {
      const times = { draft: 0, verify: 1000, sample: 0, commit: 0, total: 1000 };
      policy.observe({ offer: EMPTY_DRAFT, draft: EMPTY_DRAFT, emitted: [1], past: 0, times });
    }
    assert.deepEqual(policy.next({ remaining: 99, past: 0 }), before);
  });

  it('refuses numbers that are not counts', () => {
    assert.throws(() => adaptivePolicy({ nodes: -1, depth: 4 }), userError('usage', /draft's nodes/));
  });
});
