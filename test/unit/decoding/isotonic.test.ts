import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isotonic } from '../../../src/decoding/isotonic';

const anyValues = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 7 });
const distance = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

describe('the nearest rising sequence', () => {
  it('leaves one that rises as it is', () => {
    assert.deepEqual(isotonic([1, 2, 2, 5]), [1, 2, 2, 5]);
    assert.deepEqual(isotonic([]), []);
  });

  it('makes a run that falls its mean, as far back as it has to', () => {
    assert.deepEqual(isotonic([1, 5, 3]), [1, 4, 4]);
    assert.deepEqual(isotonic([4, 5, 0]), [3, 3, 3]);
  });

  it('rises, and no other rising sequence is nearer', () => {
    fc.assert(
      fc.property(anyValues, anyValues, (values, others) => {
        const nearest = isotonic(values);
        nearest.slice(1).forEach((value, i) => assert.ok(value >= nearest[i] - 1e-9));
        const rival = values.map((_, i) => others[i % others.length]).sort((a, b) => a - b);
        assert.ok(distance(values, nearest) <= distance(values, rival) + 1e-9);
      }),
    );
  });
});
