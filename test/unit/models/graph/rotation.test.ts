import assert from 'node:assert/strict';
import { keyedUniform } from '../../../../src/decoding/random';
import { Rotation } from '../../../../src/models/graph/rotation';

describe('the rotation of the residual stream', () => {
  for (const [size, large] of [
    [576, [3, 570, 12]],
    [64, []],
    [37, [0, 36]],
    [2, [1]],
  ] as const) {
    it(`keeps the length of a vector of ${size} and the angle between two`, () => {
      const rotation = new Rotation(size, large);
      const [a, b] = [vector(size, 1), vector(size, 2)];
      const before = [dot(a, a), dot(a, b)];
      rotation.turn(a);
      rotation.turn(b);
      assert.ok(Math.abs(dot(a, a) - before[0]) < 1e-5 * size);
      assert.ok(Math.abs(dot(a, b) - before[1]) < 1e-5 * size);
    });

    it(`leaves the large channels of ${size} as they are, at the end`, () => {
      const values = vector(size, 3);
      const expected = large.map((channel) => values[channel]);
      new Rotation(size, large).turn(values);
      assert.deepEqual([...values.subarray(size - large.length)], expected);
    });

    it(`is the matrix that it names, for ${size}`, () => {
      const rotation = new Rotation(size, large);
      const matrix = rotation.matrix();
      const x = vector(size, 4);
      const product = Float32Array.from({ length: size }, (_, column) =>
        x.reduce((sum, value, row) => sum + value * matrix[row * size + column], 0),
      );
      rotation.turn(x);
      for (let i = 0; i < size; i++) assert.ok(Math.abs(x[i] - product[i]) < 1e-4, `entry ${i}`);
    });
  }

  it('spreads one channel over all that are not kept', () => {
    const values = new Float32Array(576);
    values[100] = 24;
    new Rotation(576, [3, 570]).turn(values);
    const largest = Math.max(...values.map(Math.abs));
    // 24 over 574 channels is 1 in each; the cosine transform lets an entry have the square root of 2 of that.
    assert.ok(largest < 1.5, `largest ${largest}`);
  });

  it('turns the vector at an offset and nothing else', () => {
    const values = vector(3 * 64, 5);
    const whole = values.slice();
    const rotation = new Rotation(64, [7]);
    rotation.turn(values, 64);
    assert.deepEqual(values.subarray(0, 64), whole.subarray(0, 64));
    assert.deepEqual(values.subarray(128), whole.subarray(128));
    const middle = whole.slice(64, 128);
    rotation.turn(middle);
    assert.deepEqual(values.subarray(64, 128), middle);
  });
});

function vector(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => keyedUniform(seed, i) - 0.5);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
