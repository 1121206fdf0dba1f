import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSampler, type SamplerSettings } from '../../../src/decoding/sampling';
import type { Scored } from '../../../src/decoding/scored';
import { userError } from '../../support/userError';
import { inverseCdf } from './inverseCdf';
import { naiveLaw, totalVariation } from './naiveLaw';
import { piecesOf } from './pieces';
import { anyDrawingSettings, plainSettings } from './toy';

const VOCABULARY = 12;

/** Logits on a coarse grid, so that equal ones are common, or anywhere. */
const anyLogits = fc
  .oneof(
    fc.array(fc.integer({ min: -6, max: 6 }), { minLength: VOCABULARY, maxLength: VOCABULARY }),
    fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: VOCABULARY, maxLength: VOCABULARY }),
  )
  .map((values) => Float32Array.from(values));
const anyText = fc.array(fc.nat(VOCABULARY - 1), { maxLength: 8 });

function rowOf(logits: Float32Array | null, topToken = 0): Scored {
  return {
    rows: 1,
    topK: 1,
    topToken: Int32Array.of(topToken),
    topProbability: Float32Array.of(1),
    nodeProbability: new Float32Array(0),
    logits: () => logits,
  };
}

/** The law that `probabilityOf` states. */
function statedLaw(settings: SamplerSettings, logits: Float32Array, text: readonly number[]): number[] {
  const law = createSampler(settings).choose(rowOf(logits), 0, text.length, text);
  return Array.from(logits, (_, token) => law.probabilityOf(token));
}

/** The law that is drawn from: the length of the draws that give each token. */
function drawnLaw(settings: SamplerSettings, logits: Float32Array, text: readonly number[]): number[] {
  let draw = 0;
  const sampler = createSampler(
    settings,
    inverseCdf(() => draw),
  );
  const lengths = new Array<number>(logits.length).fill(0);
  const pieces = piecesOf((at) => {
    draw = at;
    return sampler.choose(rowOf(logits), 0, text.length, text).token;
  });
  for (const { from, to, outcome } of pieces) lengths[outcome] += to - from;
  return lengths;
}

describe('createSampler', () => {
  describe('with temperature above 0', () => {
    const cases: Record<string, fc.Arbitrary<Partial<SamplerSettings>>> = {
      'temperature alone': fc.record({ temperature: fc.double({ min: 0.05, max: 10, noNaN: true }) }),
      'top-k': fc.record({ topK: fc.integer({ min: 1, max: VOCABULARY + 2 }) }),
      'top-p': fc.record({ topP: fc.double({ min: 0.001, max: 1, noNaN: true }) }),
      'min-p': fc.record({ minP: fc.double({ min: 0, max: 1, noNaN: true }) }),
      'the repetition penalty': fc.record({
        repetitionPenalty: fc.double({ min: 0.3, max: 4, noNaN: true }),
      }),
      'all of them together': anyDrawingSettings,
    };
    for (const [name, anySettings] of Object.entries(cases)) {
      it(`states and draws from the law of its definition: ${name}`, () => {
        fc.assert(
          fc.property(anyLogits, anyText, anySettings, (logits, text, partial) => {
            const settings = { ...plainSettings, ...partial };
            const expected = naiveLaw(logits, text, settings);
            fc.pre(expected !== null);
            assert.ok(totalVariation(statedLaw(settings, logits, text), expected) < 1e-12, 'stated');
            assert.ok(totalVariation(drawnLaw(settings, logits, text), expected) < 1e-12, 'drawn');
          }),
          { numRuns: 200 },
        );
      });
    }

    it('gives the same law over a large vocabulary, where little of it is ordered', () => {
      const random = createSampler({ ...plainSettings, temperature: 1 });
      assert.ok(random.needsLogits);
      const logits = Float32Array.from({ length: 5000 }, (_, token) => 4 * Math.sin(token * token));
      for (const partial of [{ topP: 0.9 }, { topK: 40 }, { topK: 1000, topP: 0.5, minP: 0.01 }]) {
        const settings = { ...plainSettings, ...partial };
        const expected = naiveLaw(logits, [], settings);
        assert.ok(expected !== null);
        assert.ok(totalVariation(statedLaw(settings, logits, []), expected) < 1e-12, JSON.stringify(partial));
      }
    });

    it('keeps the lower ids of equally probable tokens', () => {
      const logits = Float32Array.of(1, 1, 1, 1);
      assert.deepEqual(statedLaw({ ...plainSettings, topK: 2 }, logits, []), [0.5, 0.5, 0, 0]);
      assert.deepEqual(statedLaw({ ...plainSettings, topP: 0.75 }, logits, []), [1 / 3, 1 / 3, 1 / 3, 0]);
      assert.deepEqual(statedLaw({ ...plainSettings, minP: 1 }, logits, []), [0.25, 0.25, 0.25, 0.25]);
    });

    it('penalises a token once, however often it occurs', () => {
      const logits = Float32Array.of(2, -1, 0.5);
      const settings = { ...plainSettings, repetitionPenalty: 2 };
      assert.deepEqual(statedLaw(settings, logits, [0, 1]), statedLaw(settings, logits, [0, 1, 0, 1, 1]));
      assert.deepEqual(logits, Float32Array.of(2, -1, 0.5));
    });

    it('becomes greedy as the temperature goes to 0', () => {
      fc.assert(
        fc.property(fc.uniqueArray(fc.integer({ min: -9, max: 9 }), { minLength: 2 }), (values) => {
          const logits = Float32Array.from(values);
          const best = values.indexOf(Math.max(...values));
          for (const temperature of [1e-3, 1e-30, Number.MIN_VALUE]) {
            const law = statedLaw({ ...plainSettings, temperature }, logits, []);
            assert.deepEqual(
              law,
              values.map((_, token) => (token === best ? 1 : 0)),
            );
          }
        }),
      );
    });

    it('draws for its own seed and position, and states the number of every token', () => {
      const asked: [number, number][] = [];
      const sampler = createSampler({ ...plainSettings, seed: 41 }, (_weights, seed, position) => {
        asked.push([seed, position]);
        return { token: 1, numberOf: (token) => token / 4 };
      });
      const law = sampler.choose(rowOf(Float32Array.of(0, 0)), 0, 17, []);
      assert.deepEqual(asked, [[41, 17]]);
      assert.equal(law.token, 1);
      assert.deepEqual([law.drawOf(0), law.drawOf(1)], [0, 0.25]);
    });

    it('leaves an earlier law as it was', () => {
      const sampler = createSampler({ ...plainSettings, topK: 2, repetitionPenalty: 2 });
      const law = sampler.choose(rowOf(Float32Array.of(3, 2, 1)), 0, 0, [0]);
      const before = [0, 1, 2].map((token) => law.probabilityOf(token));
      sampler.choose(rowOf(Float32Array.of(0, 1, 9)), 0, 0, [2]);
      assert.deepEqual(
        [0, 1, 2].map((token) => law.probabilityOf(token)),
        before,
      );
    });
  });

  describe('with temperature 0', () => {
    it("takes the target's first candidate without looking at logits", () => {
      const sampler = createSampler({ ...plainSettings, temperature: 0 });
      assert.equal(sampler.needsLogits, false);
      const law = sampler.choose(rowOf(null, 6), 0, 0, []);
      assert.equal(law.token, 6);
      assert.ok(Number.isNaN(law.drawOf(6)));
      assert.equal(law.probabilityOf(6), 1);
      assert.equal(law.probabilityOf(5), 0);
    });

    it('takes the candidates of the row that is asked for', () => {
      const scored = { ...rowOf(null), rows: 2, topK: 2, topToken: Int32Array.of(4, 5, 8, 9) };
      assert.equal(createSampler({ ...plainSettings, temperature: 0 }).choose(scored, 1, 0, []).token, 8);
    });

    it('takes the best of the penalised logits, the lower id of equal ones', () => {
      const sampler = createSampler({ ...plainSettings, temperature: 0, repetitionPenalty: 2 });
      assert.ok(sampler.needsLogits);
      const choose = (logits: number[], text: number[]) =>
        sampler.choose(rowOf(Float32Array.from(logits)), 0, 0, text).token;
      assert.equal(choose([4, 3, 1], []), 0);
      assert.equal(choose([4, 3, 1], [0]), 1);
      assert.equal(choose([4, 2, 1], [0]), 0);
      assert.equal(choose([-1, -1.5, -9], [0]), 1);
    });
  });

  it('fails loudly when the logits it needs are missing or broken', () => {
    const sampler = createSampler(plainSettings);
    assert.throws(() => sampler.choose(rowOf(null), 0, 0, []), /needs the logits of row 0/);
    for (const broken of [NaN, Infinity]) {
      assert.throws(() => sampler.choose(rowOf(Float32Array.of(1, broken)), 0, 0, []), /not numbers/);
    }
    assert.throws(() => sampler.choose(rowOf(Float32Array.of(-Infinity)), 0, 0, []), /not numbers/);
  });

  const invalid: [keyof SamplerSettings, number[]][] = [
    ['temperature', [-0.1, NaN, Infinity]],
    ['topK', [-1, 1.5, NaN]],
    ['topP', [0, 1.01, NaN]],
    ['minP', [-0.01, 1.01, NaN]],
    ['repetitionPenalty', [0, -1, Infinity, NaN]],
    ['seed', [-1, 0.5, 2 ** 32, NaN]],
  ];
  for (const [name, values] of invalid) {
    it(`refuses an impossible ${name} by name`, () => {
      for (const value of values) {
        assert.throws(
          () => createSampler({ ...plainSettings, [name]: value }),
          userError('usage', new RegExp(`^${name} must be .* not ${value}\\.`)),
        );
      }
    });
  }
});
