import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyedUniform, philox2x32 } from '../../../src/decoding/random';

const anyWord = fc.integer({ min: 0, max: 0xffffffff });

describe('keyedUniform', () => {
  it('is Philox2x32-10: the known answers of Random123', () => {
    assert.deepEqual(philox2x32(0, 0, 0), [0xff1dae59, 0x6cd10df2]);
    assert.deepEqual(philox2x32(0xffffffff, 0xffffffff, 0xffffffff), [0x2c3f628b, 0xab4fd7ad]);
    assert.deepEqual(philox2x32(0x243f6a88, 0x85a308d3, 0x13198a2e), [0xdd7ce038, 0xf62a4c12]);
  });

  it('takes the upper 27 bits of the first word and the upper 26 of the second', () => {
    assert.equal(keyedUniform(0, 0) * 2 ** 53, (0xff1dae59 >>> 5) * 2 ** 26 + (0x6cd10df2 >>> 6));
  });

  it('is a multiple of 2^-53 in [0, 1)', () => {
    fc.assert(
      fc.property(anyWord, anyWord, (seed, position) => {
        const draw = keyedUniform(seed, position);
        assert.ok(draw >= 0 && draw < 1);
        assert.ok(Number.isInteger(draw * 2 ** 53));
      }),
    );
  });

  it('does not depend on the order or number of the questions', () => {
    const forwards = Array.from({ length: 200 }, (_, position) => keyedUniform(9, position));
    const backwards = Array.from({ length: 200 }, (_, i) => keyedUniform(9, 199 - i)).reverse();
    assert.deepEqual(forwards, backwards);
  });

  it('tells every bit of the seed and of the position apart', () => {
    const draws = new Set([keyedUniform(0, 0)]);
    for (let bit = 0; bit < 32; bit++) {
      draws.add(keyedUniform((1 << bit) >>> 0, 0));
      draws.add(keyedUniform(0, (1 << bit) >>> 0));
    }
    assert.equal(draws.size, 65);
  });

  // The keys are fixed, so these can only fail when the generator changes. 0.999 quantiles of chi-square.
  it('fills bins evenly along the positions and along the seeds', () => {
    const chiSquareOf63 = 103.4;
    const along = {
      positions: (i: number) => keyedUniform(7, i),
      seeds: (i: number) => keyedUniform(i, 7),
      'low bits': (i: number) => (keyedUniform(7, i) * 2 ** 40) % 1,
    };
    for (const [name, drawOf] of Object.entries(along)) {
      const statistic = chiSquare(64, 64_000, (i) => Math.floor(drawOf(i) * 64));
      assert.ok(statistic < chiSquareOf63, `${name}: ${statistic}`);
    }
  });

  it('fills the square of neighbouring positions, and of neighbouring seeds, evenly', () => {
    const chiSquareOf255 = 330.5;
    const cell = (a: number, b: number) => Math.floor(a * 16) * 16 + Math.floor(b * 16);
    const positions = chiSquare(256, 64_000, (i) => cell(keyedUniform(3, i), keyedUniform(3, i + 1)));
    const seeds = chiSquare(256, 64_000, (i) => cell(keyedUniform(i, 5), keyedUniform(i + 1, 5)));
    assert.ok(positions < chiSquareOf255, String(positions));
    assert.ok(seeds < chiSquareOf255, String(seeds));
  });
});

function chiSquare(bins: number, draws: number, binOf: (i: number) => number): number {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < draws; i++) counts[binOf(i)]++;
  const expected = draws / bins;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
