import assert from 'node:assert/strict';
import fc from 'fast-check';
import { curveOfForwards, isFullGrid, scaledCurve } from '../../../src/decoding/verifyCost';

const grid = [64, 512].flatMap((past) =>
  [1, 2, 8].map((rows) => ({ rows, past, us: 1000 + 100 * rows + past })),
);

describe('scaledCurve', () => {
  it('is the measured curve at the speed of the run, which the median forward tells', () => {
    const forwards = [2, 2.2, 40].map((factor) => ({ rows: 2, past: 64, us: factor * (1200 + 64) }));
    const curve = scaledCurve(grid, forwards);
    assert.equal(curve.source, 'measured');
    assert.deepEqual(curve.rows, [1, 8]);
    assert.ok(Math.abs(curve.estimate(8, 64) - 2.2 * (1800 + 64)) < 1e-6);
    assert.ok(Math.abs(curve.estimate(1, 512) - 2.2 * (1100 + 512)) < 1e-6);
  });

  it('is the measured curve where there is no forward', () => {
    assert.ok(Math.abs(scaledCurve(grid, []).estimate(1, 64) - 1164) < 1e-9);
  });
});

describe('isFullGrid', () => {
  it('tells a whole measurement from a piece and from nonsense', () => {
    assert.equal(isFullGrid(grid), true);
    assert.equal(isFullGrid(grid.slice(1)), false);
    assert.equal(isFullGrid([]), false);
    assert.equal(isFullGrid([...grid.slice(1), { ...grid[0], us: 0 }]), false);
  });
});

describe('curveOfForwards', () => {
  const forward = (rows: number, us: number) => ({ rows, past: 0, us });

  it('takes the medians, straight between them and beyond', () => {
    const forwards = [
      forward(1, 10),
      forward(1, 12),
      forward(1, 90),
      forward(5, 20),
      forward(5, 20),
      forward(5, 20),
    ];
    const curve = curveOfForwards(forwards)!;
    assert.equal(curve.source, 'rounds');
    assert.deepEqual(curve.rows, [1, 5]);
    assert.deepEqual(
      [1, 3, 5, 9].map((rows) => curve.estimate(rows, 0)),
      [12, 16, 20, 28],
    );
  });

  it('knows nothing of other sizes from one size', () => {
    assert.equal(curveOfForwards([forward(3, 10), forward(3, 12)]), null);
    assert.equal(curveOfForwards([]), null);
  });

  it('never falls, and keeps the weighted mean of what it makes level', () => {
    const curve = curveOfForwards([forward(1, 10), forward(2, 30), forward(3, 15), forward(3, 15)])!;
    assert.deepEqual(
      [1, 2, 3].map((rows) => curve.estimate(rows, 0)),
      [10, 20, 20],
    );
    const any = fc.record({ rows: fc.integer({ min: 1, max: 20 }), us: fc.integer({ min: 1, max: 1000 }) });
    fc.assert(
      fc.property(fc.array(any, { minLength: 2, maxLength: 30 }), (points) => {
        const fitted = curveOfForwards(points.map(({ rows, us }) => forward(rows, us)));
        if (fitted === null) return;
        const values = Array.from({ length: 30 }, (_, i) => fitted.estimate(i + 1, 0));
        values.forEach((value, i) => {
          assert.ok(value > 0);
          if (i > 0) assert.ok(value >= values[i - 1] - 1e-9);
        });
      }),
    );
  });
});
