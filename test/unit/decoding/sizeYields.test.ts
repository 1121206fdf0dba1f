import assert from 'node:assert/strict';
import { SizeYields } from '../../../src/decoding/sizeYields';

describe('what drafts of each size bring', () => {
  it('has the powers of two up to the limit, and the limit', () => {
    assert.deepEqual(new SizeYields(1, null, 0.9).sizes, [1]);
    assert.deepEqual(new SizeYields(8, null, 0.9).sizes, [1, 2, 4, 8]);
    assert.deepEqual(new SizeYields(12, null, 0.9).sizes, [1, 2, 4, 8, 12]);
  });

  it('expects more of larger drafts before it has seen any, and never more than their nodes', () => {
    const yields = new SizeYields(64, null, 0.9);
    yields.sizes.forEach((size, i) => {
      assert.ok(yields.expectedAccepted(size) <= size);
      if (i > 0) assert.ok(yields.expectedAccepted(size) > yields.expectedAccepted(yields.sizes[i - 1]));
    });
  });

  it('comes to what a size brought lately, and says nothing of the others', () => {
    const yields = new SizeYields(8, null, 0.9);
    const before = yields.expectedAccepted(4);
    for (let i = 0; i < 100; i++) yields.observe(8, 0);
    for (let i = 0; i < 100; i++) yields.observe(8, 1.5);
    assert.ok(Math.abs(yields.expectedAccepted(8) - 1.5) < 0.01);
    assert.equal(yields.expectedAccepted(4), before);
  });

  it('begins with what earlier generations taught, and soon follows its own', () => {
    const history = new SizeYields(64, null, 0.995);
    const first = new SizeYields(8, history, 0.95);
    for (let i = 0; i < 300; i++) first.observe(4, 2);
    const second = new SizeYields(8, history, 0.95);
    assert.ok(second.expectedAccepted(4) > 1.9);
    for (let i = 0; i < 120; i++) second.observe(4, 0);
    assert.ok(second.expectedAccepted(4) < 0.1);
  });
});
