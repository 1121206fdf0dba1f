import assert from 'node:assert/strict';
import { largest, median } from '../../../src/decoding/order';

describe('largest', () => {
  it('takes more values than a call takes arguments', () => {
    assert.equal(largest(Array.from({ length: 1_000_000 }, (_, i) => i % 777)), 776);
    assert.equal(largest([]), -Infinity);
  });
});

describe('median', () => {
  it('is the middle, or halfway between the two in the middle', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
  });
});
