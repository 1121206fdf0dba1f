import assert from 'node:assert/strict';
import { DepthRates } from '../../../src/decoding/depthRates';
import { DraftTreeBuilder, type DraftTree } from '../../../src/decoding/draftTree';
import { keyedUniform } from '../../../src/decoding/random';

function chain(...tokens: number[]): DraftTree {
  const tree = new DraftTreeBuilder();
  tokens.forEach((token, i) => tree.add(i - 1, token, NaN, 'a'));
  return tree.build();
}

const near = (actual: number, expected: number, within = 1e-12) =>
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

describe('rates by depth', () => {
  it('expect every second level to be accepted before anything was seen', () => {
    const rates = new DepthRates(null, 0.95);
    near(rates.expectedAccepted(0), 0);
    near(rates.expectedAccepted(3), 0.5 + 0.25 + 0.125);
  });

  it('come near what happens at each depth', () => {
    const rates = new DepthRates(null, 0.99);
    const truth = [0.8, 0.5, 0.9];
    let mean = 0;
    for (let round = 0; round < 3000; round++) {
      const accepted = truth.findIndex((rate, level) => keyedUniform(7, 3 * round + level) >= rate);
      const emitted = [1, 1, 1].slice(0, accepted < 0 ? 3 : accepted);
      rates.observe(chain(1, 1, 1), 3, [...emitted, 2]);
      if (round >= 2000) mean += rates.expectedAccepted(3) / 1000;
    }
    near(mean, 0.8 + 0.8 * 0.5 + 0.8 * 0.5 * 0.9, 0.06);
  });

  it('count a draft that ended early as a miss, and what was not allowed as nothing', () => {
    const [ended, stopped] = [3, 1].map((allowed) => {
      const rates = new DepthRates(null, 0.95);
      for (let i = 0; i < 20; i++) rates.observe(chain(1), allowed, [1, 1, 1]);
      return rates;
    });
    assert.ok(ended.expectedAccepted(2) - ended.expectedAccepted(1) < 0.25);
    assert.ok(stopped.expectedAccepted(2) - stopped.expectedAccepted(1) > 0.4);
  });

  it('find the accepted path among branches', () => {
    const tree = new DraftTreeBuilder();
    tree.add(-1, 5, NaN, 'a');
    const right = tree.add(-1, 6, NaN, 'a');
    tree.add(0, 7, NaN, 'a');
    tree.add(right, 8, NaN, 'a');
    const rates = new DepthRates(null, 0.9);
    for (let i = 0; i < 50; i++) rates.observe(tree.build(), 2, [6, 8, 1]);
    assert.ok(rates.expectedAccepted(2) > 1.9);
  });

  it('begin with what earlier generations taught', () => {
    const history = new DepthRates(null, 0.995);
    const first = new DepthRates(history, 0.95);
    for (let i = 0; i < 200; i++) first.observe(chain(1), 1, [2]);
    assert.ok(new DepthRates(history, 0.95).expectedAccepted(1) < 0.05);
  });
});
