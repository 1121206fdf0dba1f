import assert from 'node:assert/strict';
import { DraftTreeBuilder } from '../../../../src/decoding/draftTree';
import { AskedDepth } from '../../../../src/engine/drafters/askedDepth';
import { budgetOf } from './drafting';

/** A microsecond is worth a thousandth of a token. */
const budget = { ...budgetOf(8, 4), price: { node: 0, level: 0, time: 0.001 } };
const nothing: readonly number[] = [];

/**
 * One that was right for two tokens in each of many rounds, and took so many microseconds a level.
 *
 * @param verified nodes of each level that the target scored
 */
function seen(perLevel: number, verified = 0): AskedDepth {
  const asked = new AskedDepth();
  for (let round = 0; round < 60; round++) {
    const draft = new DraftTreeBuilder();
    const levels = 1 + (round % 4);
    for (let level = 0; level < levels; level++) draft.add(level - 1, level, 0.9, 'test');
    const scored = Array.from({ length: verified * levels }, (_, node) => 1 + (node % levels));
    asked.observe(draft.build(), levels, perLevel * levels, [0, 1, 9, 9, 9], scored);
  }
  return asked;
}

describe('how deep to ask a drafter whose time counts', () => {
  it('is as deep as its tokens are worth its time, and a level has its price', () => {
    const allowed = seen(300).choose(nothing, budget);
    assert.equal(allowed?.depth, 2);
    assert.ok(Math.abs(allowed.price.level - 0.3) < 0.01);
    assert.equal(seen(1100).choose(nothing, budget), null);
  });

  it('is less where the others’ offers hold the text already', () => {
    assert.equal(seen(300).choose([0.5, 0.95], budget)?.depth, 1);
    assert.equal(seen(300).choose([0.95, 0.95, 0.9], budget), null);
    assert.equal(seen(300).choose([0.95], budget)?.depth, 2);
  });

  it('is less where its nodes cost what they bring', () => {
    const priced = { ...budget, price: { ...budget.price, node: 0.2 } };
    assert.equal(seen(300, 3).choose(nothing, priced)?.depth, 2);
    assert.equal(seen(300, 3).choose([0, 0.2], priced)?.depth, 1);
    assert.equal(seen(300, 4).choose(nothing, priced), null);
  });

  it('is all where time has no price, and before its time is known', () => {
    assert.deepEqual(seen(1100).choose([1, 1, 1, 1], budgetOf(8, 4)), budgetOf(8, 4));
    assert.deepEqual(new AskedDepth().choose([1, 1, 1, 1], budget), budget);
  });

  it('is one level now and then where none pays, ever more seldom', () => {
    const asked = seen(1100);
    const tries: number[] = [];
    for (let round = 0; round < 200; round++) {
      const allowed = asked.choose(nothing, budget);
      if (allowed === null) continue;
      assert.equal(allowed.depth, 1);
      tries.push(round);
    }
    const waits = tries.slice(1).map((round, i) => round - tries[i]);
    assert.deepEqual(
      waits,
      [...waits].sort((a, b) => a - b),
    );
    assert.ok(waits.length >= 2 && waits[0] < waits[waits.length - 1]);
  });
});
