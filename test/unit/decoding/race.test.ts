import assert from 'node:assert/strict';
import fc from 'fast-check';
import { race, raceOrder } from '../../../src/decoding/race';
import { draftNumbers, drawNumbers, keyedUniform, trialNumber } from '../../../src/decoding/random';
import { mulberry32 } from '../../support/tinyModel';
import { inverseCdf } from './inverseCdf';

const anyWeights = fc
  .array(fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: 40,
  })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => Float64Array.from(weights));
const anyWord = fc.integer({ min: 0, max: 0xffffffff });

describe('the race', () => {
  it('is won by the token with the least -ln(u) / weight', () => {
    fc.assert(
      fc.property(anyWeights, anyWord, anyWord, (weights, seed, position) => {
        const drawn = race(weights, seed, position);
        const times = Array.from(weights, (weight, i) =>
          weight === 0 ? Infinity : -Math.log(drawn.numberOf(i)) / weight,
        );
        assert.equal(drawn.token, times.indexOf(Math.min(...times)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is won in proportion to the weights', () => {
    const weights = Float64Array.of(5, 3, 0, 1.5, 0.5);
    const runs = 200_000;
    const wins = new Array<number>(weights.length).fill(0);
    for (let position = 0; position < runs; position++) wins[race(weights, 7, position).token]++;
    let statistic = 0;
    weights.forEach((weight, token) => {
      const expected = (runs * weight) / 10;
      if (weight === 0) assert.equal(wins[token], 0);
      else statistic += (wins[token] - expected) ** 2 / expected;
    });
    // Chi-square with three degrees of freedom exceeds this once in a thousand.
    assert.ok(statistic < 16.27, `chi-square ${statistic}`);
  });

  it('has an order: the tokens by rising -ln(u) / weight', () => {
    fc.assert(
      fc.property(
        anyWeights,
        anyWord,
        anyWord,
        fc.integer({ min: 1, max: 8 }),
        (weights, seed, at, count) => {
          const numbers = drawNumbers(seed, at);
          const time = (token: number) => -Math.log(numbers.exact(token)) / weights[token];
          const runners = [...weights.keys()].filter((token) => weights[token] > 0);
          const naive = runners.sort((a, b) => time(a) - time(b)).slice(0, count);
          assert.deepEqual(raceOrder(weights, numbers, count), naive);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('hardly minds rounding, which moves an inverse CDF all over a large vocabulary', () => {
    const random = mulberry32(3);
    const noise = mulberry32(4);
    const uniform = inverseCdf(keyedUniform);
    const differ = { race: 0, cdf: 0 };
    for (let position = 0; position < 1500; position++) {
      // A few likely tokens, and between them a long tail that together is as likely as one of them.
      const exact = Float64Array.from({ length: 5000 }, (_, i) => (i % 1000 === 500 ? 1 : 4e-4 * random()));
      const rounded = exact.map((weight) => weight * (1 + 2e-4 * (noise() - 0.5)));
      if (race(exact, 1, position).token !== race(rounded, 1, position).token) differ.race++;
      if (uniform(exact, 1, position).token !== uniform(rounded, 1, position).token) differ.cdf++;
    }
    assert.ok(differ.race <= 2, `race: ${differ.race}`);
    assert.ok(differ.cdf >= 10, `inverse CDF: ${differ.cdf}`);
  });

  it('refuses a law that no token can be drawn from', () => {
    assert.throws(() => race(new Float64Array(3), 1, 1), /without a token/);
  });
});

describe('random numbers of different purposes', () => {
  it('have nothing to do with each other at one position', () => {
    const runs = 4000;
    const kinds: Record<string, (position: number) => number> = {
      draw: (position) => drawNumbers(3, position).exact(7),
      'draft of row 0': (position) => draftNumbers(3, position, 0).exact(7),
      'draft of row 1': (position) => draftNumbers(3, position, 1).exact(7),
      'trial of node 0': (position) => trialNumber(3, position, 0),
      'trial of node 1': (position) => trialNumber(3, position, 1),
      uniform: (position) => keyedUniform(3, position),
    };
    for (const [name, one] of Object.entries(kinds)) {
      for (const [other, two] of Object.entries(kinds)) {
        if (name === other) continue;
        let covariance = 0;
        for (let position = 0; position < runs; position++) {
          covariance += 12 * (one(position) - 0.5) * (two(position) - 0.5);
        }
        // The mean of independent ones has the standard deviation 1 / sqrt(runs).
        assert.ok(Math.abs(covariance / runs) < 4 / Math.sqrt(runs), `${name}, ${other}`);
      }
    }
  });
});

describe("the tokens' random numbers", () => {
  it('lie inside (0, 1), and the quick bound holds', () => {
    fc.assert(
      fc.property(anyWord, anyWord, fc.nat(1 << 20), (seed, position, token) => {
        const numbers = drawNumbers(seed, position);
        const exact = numbers.exact(token);
        assert.ok(exact > 0 && exact < 1);
        assert.ok(numbers.leastComplement(token) <= 1 - exact);
        assert.ok(numbers.leastComplement(token) > 1 - exact - 2 ** -32);
      }),
      { numRuns: 2000 },
    );
  });

  it('are spread evenly, along tokens, positions and seeds, and in neighbouring pairs', () => {
    const along: Record<string, (i: number) => number> = {
      tokens: (i) => drawNumbers(5, 9).exact(i),
      positions: (i) => drawNumbers(5, i).exact(9),
      seeds: (i) => drawNumbers(i, 5).exact(9),
    };
    const cells = 16;
    const runs = 64_000;
    for (const [name, at] of Object.entries(along)) {
      const counts = new Float64Array(cells * cells);
      for (let i = 0; i < runs; i++)
        counts[Math.floor(at(i) * cells) * cells + Math.floor(at(i + 1) * cells)]++;
      const expected = runs / counts.length;
      const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 255 degrees of freedom: mean 255, standard deviation 22.6.
      assert.ok(statistic > 180 && statistic < 340, `${name}: chi-square ${statistic}`);
    }
  });
});
