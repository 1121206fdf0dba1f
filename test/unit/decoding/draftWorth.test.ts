import assert from 'node:assert/strict';
import { DraftWorth } from '../../../src/decoding/draftWorth';

describe('what drafts are worth', () => {
  it('is the mean of what they were by depth, and unknown where none was made', () => {
    const worth = new DraftWorth(null, 1);
    worth.observe([0.2, 0.4]);
    worth.observe([0.4]);
    assert.ok(Math.abs(worth.of(1)! - 0.3) < 1e-12);
    assert.equal(worth.of(2), 0.4);
    assert.equal(worth.of(3), null);
  });

  it('keeps its value over rounds without a draft, after which a single one tells', () => {
    const [lately, long] = [new DraftWorth(null, 0.9), new DraftWorth(null, 0.9)];
    for (const worth of [lately, long]) for (let round = 0; round < 40; round++) worth.observe([0]);
    for (let round = 0; round < 40; round++) long.observe([]);
    assert.equal(long.of(1), 0);
    for (const worth of [lately, long]) worth.observe([1]);
    assert.ok(lately.of(1)! < 0.2, `${lately.of(1)}`);
    assert.ok(long.of(1)! > 0.8, `${long.of(1)}`);
  });

  it('begins with what earlier generations taught, and teaches them', () => {
    const history = new DraftWorth(null, 0.99);
    const first = new DraftWorth(history, 0.9);
    for (let round = 0; round < 10; round++) first.observe([0.5]);
    const second = new DraftWorth(history, 0.9);
    assert.ok(Math.abs(second.of(1)! - 0.5) < 1e-12);
    for (let round = 0; round < 30; round++) second.observe([-0.1]);
    assert.ok(second.of(1)! < 0);
  });
});
