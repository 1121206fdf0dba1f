import assert from 'node:assert/strict';
import { DraftCost } from '../../../src/decoding/draftCost';

/** A drafter whose levels take 700 and whose nodes take 30 microseconds. */
const truth = (levels: number, nodes: number) => 700 * levels + 30 * nodes;

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 0.01 * expected, `${actual} is not ${expected}`);

describe('the cost of drafting', () => {
  const learned = (sizes: readonly (readonly [number, number])[], rounds = 60) => {
    const cost = new DraftCost();
    for (let i = 0; i < rounds; i++) {
      const [levels, nodes] = sizes[i % sizes.length];
      cost.observe({ levels, nodes, us: truth(levels, nodes) });
    }
    return cost;
  };

  it('is nothing before anything was drafted, also when the drafter was silent', () => {
    const cost = new DraftCost();
    cost.observe({ levels: 0, nodes: 0, us: 900 });
    assert.equal(cost.estimate(4, 16), 0);
    assert.equal(cost.average, 0);
  });

  it('tells levels from nodes where the drafts do', () => {
    const cost = learned([
      [2, 4],
      [4, 16],
      [3, 20],
    ]);
    near(cost.estimate(1, 0), 700);
    near(cost.estimate(0, 1), 30);
    near(cost.estimate(5, 40), truth(5, 40));
  });

  it('lays all on the levels of chains', () => {
    const cost = learned([
      [1, 1],
      [4, 4],
    ]);
    near(cost.estimate(1, 0), 730);
    assert.equal(cost.estimate(0, 1), 0);
  });

  it('never falls below nothing, though more nodes may have taken less', () => {
    const cost = new DraftCost();
    for (let i = 0; i < 40; i++)
      cost.observe(i % 2 === 0 ? { levels: 2, nodes: 2, us: 900 } : { levels: 2, nodes: 20, us: 500 });
    assert.equal(cost.estimate(0, 1), 0);
    assert.ok(cost.estimate(1, 0) > 200);
  });

  it('is what a draft takes, not what the first one took, from the second on', () => {
    const cost = new DraftCost();
    cost.observe({ levels: 16, nodes: 16, us: 5000 });
    assert.equal(cost.average, 0);
    for (const us of [60, 40]) cost.observe({ levels: 4, nodes: 4, us });
    assert.ok(cost.average < 61 && cost.estimate(4, 4) < 61, `${cost.average}, ${cost.estimate(4, 4)}`);
  });

  it('follows a drafter that becomes slower, and is not thrown by one hiccup', () => {
    const cost = learned([[4, 4]]);
    const before = cost.estimate(4, 4);
    cost.observe({ levels: 4, nodes: 4, us: 100 * before });
    assert.ok(cost.estimate(4, 4) < 1.2 * before);
    for (let i = 0; i < 100; i++) cost.observe({ levels: 4, nodes: 4, us: 2 * truth(4, 4) });
    near(cost.estimate(4, 4), 2 * truth(4, 4));
    near(cost.average, 2 * truth(4, 4));
  });
});
