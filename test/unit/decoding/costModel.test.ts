import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CostModel, type CostPoint } from '../../../src/decoding/costModel';

const ROWS = [1, 4, 16];
const PASTS = [100, 500];

/** A machine on which a forward costs exactly this. */
const truth = (rows: number, past: number): number => 5000 + 200 * rows + 2 * past;
const measured: CostPoint[] = PASTS.flatMap((past) =>
  ROWS.map((rows) => ({ rows, past, us: truth(rows, past) })),
);

describe('the cost model', () => {
  it('gives back what was measured', () => {
    const model = new CostModel(measured);
    for (const { rows, past, us } of measured) assert.equal(model.estimate(rows, past), us);
    const at500 = ROWS.map((rows) => ({ rows, past: 500, us: model.estimate(rows, 500) }));
    assert.deepEqual(at500, measured.slice(3));
  });

  it('is linear between the measurements and beyond the last', () => {
    const model = new CostModel(measured);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 0, max: 8000 }), (rows, past) => {
        const estimate = model.estimate(rows, past);
        assert.ok(Math.abs(estimate - truth(rows, past)) < 1e-6 * estimate);
      }),
    );
  });

  it('never says that more rows cost less, however noisy the measurements', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { minLength: 6, maxLength: 6 }), (times) => {
        const model = new CostModel(measured.map((point, i) => ({ ...point, us: times[i] })));
        for (const past of PASTS) {
          for (let rows = 1; rows < 16; rows++) {
            assert.ok(model.estimate(rows + 1, past) >= model.estimate(rows, past) * (1 - 1e-12));
          }
        }
      }),
    );
  });

  it('nor do rounds make it say so, whatever they took', () => {
    const anyRound = fc.record({
      rows: fc.integer({ min: 1, max: 20 }),
      past: fc.integer({ min: 0, max: 600 }),
      us: fc.integer({ min: 1, max: 1e6 }),
    });
    fc.assert(
      fc.property(fc.array(anyRound, { maxLength: 40 }), (rounds) => {
        const model = new CostModel(measured);
        for (const round of rounds) model.observe(round);
        for (const past of PASTS) {
          for (let rows = 1; rows < 16; rows++) {
            assert.ok(model.estimate(rows + 1, past) >= model.estimate(rows, past) * (1 - 1e-12));
          }
        }
      }),
    );
  });

  it('takes the mean of points that fall: one of them alone is not to be trusted', () => {
    const model = new CostModel([900, 1300, 1100].map((us, i) => ({ rows: ROWS[i], past: 0, us })));
    assert.deepEqual(
      ROWS.map((rows) => model.estimate(rows, 0)),
      [900, 1200, 1200],
    );
  });

  it('follows a machine that becomes slower, also where no round has been', () => {
    const model = new CostModel(measured);
    for (let round = 0; round < 100; round++) model.observe({ rows: 1, past: 300, us: 2 * truth(1, 300) });
    assert.ok(Math.abs(model.estimate(1, 300) / truth(1, 300) - 2) < 0.01);
    const elsewhere = model.estimate(16, 300) / truth(16, 300);
    assert.ok(elsewhere > 1.7 && elsewhere <= 2, `${elsewhere}`);
  });

  it('does not take a number of rows for dear because the machine was slow when it was seen last', () => {
    const model = new CostModel(measured);
    const multiple = () => model.estimate(4, 100) / model.estimate(1, 100);
    const before = multiple();
    for (let round = 0; round < 20; round++) model.observe({ rows: 4, past: 100, us: 1.6 * truth(4, 100) });
    for (let round = 0; round < 60; round++) model.observe({ rows: 1, past: 100, us: truth(1, 100) });
    assert.ok(Math.abs(multiple() / before - 1) < 0.08, `${multiple()}, not ${before}`);
  });

  it('learns that a number of rows costs other than was measured', () => {
    const model = new CostModel(measured);
    const cost = (rows: number) => (rows === 4 ? 1.3 : 1) * truth(rows, 100);
    for (let round = 0; round < 300; round++) {
      const rows = ROWS[round % 2];
      model.observe({ rows, past: 100, us: cost(rows) });
    }
    assert.ok(Math.abs(model.estimate(4, 100) / model.estimate(1, 100) / (cost(4) / cost(1)) - 1) < 0.1);
  });

  it('is not thrown by one hiccup', () => {
    const model = new CostModel(measured);
    model.observe({ rows: 4, past: 100, us: 1000 * truth(4, 100) });
    assert.ok(model.estimate(4, 100) / truth(4, 100) < 1.1);
  });

  it('does not take one disturbed measurement for what a longer past costs', () => {
    const wrong = measured.map((point) =>
      point.rows === 4 && point.past === 500 ? { ...point, us: 1.2 * point.us } : point,
    );
    const multiple = (points: readonly CostPoint[]) => {
      const model = new CostModel(points);
      return model.estimate(4, 900) / model.estimate(1, 900);
    };
    assert.ok(multiple(wrong) / multiple(measured) < 1.1, `${multiple(wrong) / multiple(measured)}`);
  });

  it('learns within a few rounds that a number of rows was measured wrongly, and of its neighbours a part of it', () => {
    const wrong = measured.map((point) => (point.rows === 4 ? { ...point, us: 1.12 * point.us } : point));
    const model = new CostModel(wrong);
    for (let round = 0; round < 24; round++) {
      const rows = ROWS[round % 2];
      model.observe({ rows, past: 100, us: truth(rows, 100) });
    }
    const off = (rows: number) =>
      model.estimate(rows, 100) / model.estimate(1, 100) / (truth(rows, 100) / truth(1, 100));
    assert.ok(Math.abs(off(4) - 1) < 0.05, `${off(4)}`);
    assert.ok(off(16) < 1 && off(16) > 0.9, `${off(16)}`);
  });

  it('works from a single measurement', () => {
    const model = new CostModel([{ rows: 1, past: 0, us: 700 }]);
    assert.equal(model.estimate(8, 4000), 700);
  });

  it('refuses a grid with a hole', () => {
    assert.throws(() => new CostModel(measured.slice(1)), /no measurement of 1 rows after 100/);
  });
});
