import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isotonic } from '../../../src/decoding/isotonic';

describe('isotonic', () => {
  it('leaves what rises, and makes what falls level at its weighted mean', () => {
    assert.deepEqual(isotonic([1, 2, 2, 5]), [1, 2, 2, 5]);
    assert.deepEqual(isotonic([1, 4, 2]), [1, 3, 3]);
    assert.deepEqual(isotonic([1, 4, 2], [1, 1, 3]), [1, 2.5, 2.5]);
    assert.deepEqual(isotonic([3, 2, 1]), [2, 2, 2]);
    assert.deepEqual(isotonic([]), []);
  });

  it('rises, keeps the weighted sum, and is no further off than any rising sequence of the values', () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 4 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        points,
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 6 }),
        (given, other) => {
          const values = given.map(([value]) => value);
          const weights = given.map(([, weight]) => weight);
          const fitted = isotonic(values, weights);
          const off = (candidate: readonly number[]) =>
            values.reduce((sum, value, i) => sum + weights[i] * (value - candidate[i]) ** 2, 0);
          const sum = (numbers: readonly number[]) =>
            numbers.reduce((total, n, i) => total + weights[i] * n, 0);
          fitted.slice(1).forEach((value, i) => assert.ok(value >= fitted[i]));
          assert.ok(Math.abs(sum(fitted) - sum(values)) < 1e-9);
          assert.ok(off(fitted) <= off(other.toSorted((a, b) => a - b)) + 1e-9);
        },
      ),
    );
  });
});
