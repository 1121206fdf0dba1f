import assert from 'node:assert/strict';
import fc from 'fast-check';
import { atLine, risingLine } from '../../../src/decoding/risingLine';

describe('risingLine', () => {
  it('goes through points that lie on one', () => {
    assert.deepEqual(risingLine([0, 1, 5].map((x) => ({ x, y: 3 + 2 * x }))), { start: 3, slope: 2 });
  });

  it('is level where more would cost less, and where all is at one place', () => {
    assert.deepEqual(
      risingLine([
        { x: 0, y: 4 },
        { x: 2, y: 2 },
      ]),
      { start: 3, slope: 0 },
    );
    assert.deepEqual(
      risingLine([
        { x: 7, y: 4 },
        { x: 7, y: 2 },
      ]),
      { start: 3, slope: 0 },
    );
    assert.deepEqual(risingLine([]), { start: 0, slope: 0 });
  });

  it('has no smaller squared error among rising lines near it', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 20 }), y: fc.integer({ min: 0, max: 100 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 12 }), (points) => {
        const error = (start: number, slope: number) =>
          points.reduce((sum, { x, y }) => sum + (y - start - slope * x) ** 2, 0);
        const { start, slope } = risingLine(points);
        assert.ok(slope >= 0);
        for (const ds of [-0.5, 0, 0.5]) {
          for (const dk of [-0.1, 0, 0.1]) {
            if (slope + dk >= 0) assert.ok(error(start, slope) <= error(start + ds, slope + dk) + 1e-6);
          }
        }
      }),
    );
  });

  it('is never below nothing', () => {
    assert.equal(atLine({ start: -5, slope: 1 }, 2), 0);
  });
});
