import assert from 'node:assert/strict';
import { Patience } from '../../../src/decoding/patience';

describe('patience', () => {
  const waits = (patience: Patience, tries: number): number[] =>
    Array.from({ length: tries }, () => {
      let rounds = 1;
      while (!patience.isOver()) rounds++;
      return rounds;
    });

  it('lasts twice as long every time, up to the longest', () => {
    assert.deepEqual(waits(new Patience(3, 20), 5), [3, 6, 12, 20, 20]);
  });

  it('begins anew when it was worth it', () => {
    const patience = new Patience(2, 64);
    waits(patience, 3);
    patience.isOver();
    patience.reset();
    assert.deepEqual(waits(patience, 2), [2, 4]);
  });
});
