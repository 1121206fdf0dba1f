import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KatzModel } from '../../../../src/engine/drafters/katzModel';
import { occurrences } from './drafting';

const VOCABULARY = 4;
/** The constant of katzModel.ts, stated again: changing it there must be meant. */
const DISCOUNT = 0.5;

const tokens = fc.array(fc.nat(VOCABULARY - 1), { minLength: 1, maxLength: 40 });

function learned(text: readonly number[]): KatzModel {
  const model = new KatzModel(VOCABULARY);
  text.forEach((token, at) => model.learn(text.slice(0, at), token));
  return model;
}

/** How often each token followed a part of the text, by looking everywhere. */
function followers(text: readonly number[], part: readonly number[]): number[] {
  const places = occurrences(text, part).filter((at) => at + part.length < text.length);
  return Array.from(
    { length: VOCABULARY },
    (_, token) => places.filter((at) => text[at + part.length] === token).length,
  );
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Katz's law with a fixed discount, the unseen part of the pairs' law left out. */
function naiveLaw(text: readonly number[], [first, second]: readonly [number, number]): number[] {
  const discounted = (counts: readonly number[]) =>
    counts.map((count) => (count > 0 ? (count - DISCOUNT) / sum(counts) : 0));
  const single = discounted(followers(text, [second]));
  const counts = followers(text, [first, second]);
  if (sum(counts) === 0) return single;
  const left = 1 - sum(discounted(counts));
  const unseen = 1 - sum(single.filter((_, token) => counts[token] > 0));
  return discounted(counts).map((share, token) =>
    counts[token] > 0 ? share : (left * single[token]) / unseen,
  );
}

describe('the n-gram model that backs off', () => {
  it('gives every token that followed the share that Katz has for it', () =>
    fc.assert(
      fc.property(tokens, fc.nat(VOCABULARY - 1), fc.nat(VOCABULARY - 1), (text, first, second) => {
        const guesses = learned(text).after([9, first, second]);
        const law = naiveLaw(text, [first, second]);
        const seen = followers(text, [first, second]);
        assert.equal(guesses.length, law.filter((share) => share > 0).length);
        for (const { token, probability, matched } of guesses) {
          assert.ok(Math.abs(probability - law[token]) < 1e-12);
          assert.equal(matched, seen[token] > 0 ? 2 : 1);
        }
        assert.ok(sum(guesses.map(({ probability }) => probability)) < 1);
      }),
    ));

  it('knows nothing without a text, and little after one token', () => {
    assert.deepEqual(learned([1]).after([1]), []);
    assert.deepEqual(learned([1, 2]).after([]), []);
    assert.deepEqual(learned([1, 2]).after([1]), [{ token: 2, probability: 0.5, matched: 1 }]);
  });
});
