import assert from 'node:assert/strict';
import { HeadText } from '../../../../src/engine/heads/headText';
import { LastState } from '../../../../src/engine/heads/lastState';

/** States of two numbers that name their position. */
const states = (...positions: number[]) => Float32Array.from(positions.flatMap((at) => [at, -at]));

describe('the text of a head', () => {
  it('hands out each state once, with the token that follows it', () => {
    const text = new HeadText(2);
    assert.equal(text.begin([5, 6, 7, 8], 0), 0);
    text.append(states(0, 1, 2), []);
    assert.deepEqual(text.take(2), { start: 0, states: states(0, 1), following: [6, 7] });
    text.append(states(3, 4), [9, 10]);
    assert.equal(text.root, 10);
    assert.equal(text.waits, 3);
    assert.deepEqual(text.take(9), { start: 2, states: states(2, 3, 4), following: [8, 9, 10] });
    assert.equal(text.rows, 5);
  });

  it('keeps rows of an earlier text up to where the next token differs, and the last one never', () => {
    const text = new HeadText(2);
    text.begin([5, 6, 7, 8, 9], 0);
    text.append(states(0, 1, 2, 3), []);
    text.take(9);
    const kept = (tokens: number[], rows = 4) => {
      const copy = Object.assign(new HeadText(2), text);
      return copy.begin(tokens, rows);
    };
    assert.equal(kept([5, 6, 7, 8, 9, 10, 11]), 4);
    assert.equal(kept([5, 6, 7, 8, 9, 10, 11], 2), 2);
    assert.equal(kept([5, 6, 7, 8, 9]), 3);
    assert.equal(kept([5, 6, 1, 8, 9]), 1);
    assert.equal(kept([1, 6]), 0);
    assert.equal(kept([5]), 0);
    assert.equal(kept([]), 0);
  });

  it('without layers is the last state alone', () => {
    const text = new LastState(2);
    assert.equal(text.begin([5, 6, 7]), 1);
    assert.equal(text.state, null);
    text.append(states(1), []);
    assert.deepEqual([text.state, text.root], [states(1), 7]);
    text.append(states(2, 3), [8, 9]);
    assert.deepEqual([text.state, text.root], [states(3), 9]);
    assert.equal(text.begin([4]), 0);
    assert.equal(text.state, null);
  });
});
