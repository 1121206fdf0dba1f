import assert from 'node:assert/strict';
import { groupBy, median, medianRatio } from '../../../bench/statistics';

describe('statistics of the benchmarks', () => {
  it('the median is the middle value, or the mean of the middle two, and leaves its input alone', () => {
    const values = [9, 1, 5];
    assert.equal(median(values), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.deepEqual(values, [9, 1, 5]);
    assert.throws(() => median([]), /median of nothing/);
  });

  it('ratios are taken pair by pair: a machine that slows down for both changes nothing', () => {
    assert.equal(medianRatio([20, 40, 200], [10, 20, 100]), 2);
    assert.throws(() => medianRatio([1], [1, 2]), /1 values for 2/);
  });

  it('groups keep the order in which their keys came up', () => {
    const groups = groupBy(['pear', 'fig', 'kiwi', 'nut'], (word) => word.length);
    assert.deepEqual(
      [...groups],
      [
        [4, ['pear', 'kiwi']],
        [3, ['fig', 'nut']],
      ],
    );
  });
});
