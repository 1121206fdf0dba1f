import assert from 'node:assert/strict';
import { shownRoundOf } from '../../../src/trace/shownRound';
import { rounds } from '../../support/rounds';
import { sampleTrace } from '../../support/sampleTrace';
import { shownRounds } from '../../support/shownRounds';

/** Numbers as the view's messages have them. */
const single = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' ? Math.fround(part) : part)),
  );

describe('a round as it is drawn', () => {
  it('is the same from the trace as by way of the view’s messages', () => {
    for (const some of [rounds, sampleTrace().rounds]) {
      assert.deepEqual(single(some.map(shownRoundOf)), single(shownRounds(some)));
    }
  });
});
