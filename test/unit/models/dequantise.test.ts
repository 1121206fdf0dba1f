import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { dequantise, halfToFloat } from '../../../src/models/dequantise';
import type { Tensor, TensorType } from '../../../src/models/model';
import golden from '../../golden/weights.json';
import { defaultModel } from '../../support/defaultModel';

function tensor(type: TensorType, shape: number[], bytes: ArrayLike<number>): Tensor {
  return { name: 'w', shape, type, bytes: Uint8Array.from(bytes) };
}

/** Half-precision 1, 0.5, -2, little-endian. */
const ONE = [0x00, 0x3c];
const HALF = [0x00, 0x38];
const MINUS_TWO = [0x00, 0xc0];

describe('halfToFloat', () => {
  const cases: [number, number][] = [
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ];
  for (const [bits, value] of cases)
    it(`reads ${bits.toString(16).padStart(4, '0')} as ${value}`, () => {
      assert.ok(Object.is(halfToFloat(bits), value));
    });
});

describe('dequantise', () => {
  it('reads F32 that does not stand at a multiple of four', () => {
    const file = new Uint8Array([9, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
    const weight: Tensor = { name: 'w', shape: [2], type: 'F32', bytes: file.subarray(1) };
    assert.deepEqual([...dequantise(weight)], [1, -2]);
  });

  it('reads F16', () => {
    assert.deepEqual([...dequantise(tensor('F16', [3], [...ONE, ...HALF, ...MINUS_TWO]))], [1, 0.5, -2]);
  });

  it('reads BF16 as the upper half of F32', () => {
    assert.deepEqual([...dequantise(tensor('BF16', [2], [0x80, 0x3f, 0x20, 0xc1]))], [1, -10]);
  });

  it('reads Q8_0 as d * q with signed q', () => {
    const q = Array.from({ length: 32 }, (_, j) => (j === 0 ? 0x80 : j === 1 ? 0x7f : j));
    const values = [...dequantise(tensor('Q8_0', [32], [...HALF, ...q]))];
    assert.deepEqual(values.slice(0, 4), [-64, 63.5, 1, 1.5]);
    assert.equal(values[31], 15.5);
  });

  it('reads Q4_0 as d * (q - 8), low halves before high halves', () => {
    const bytes = Array.from({ length: 16 }, (_, j) => j | ((15 - j) << 4));
    const values = [...dequantise(tensor('Q4_0', [32], [...MINUS_TWO, ...bytes]))];
    const expected = Array.from({ length: 32 }, (_, i) => -2 * ((i < 16 ? i : 31 - i) - 8));
    assert.deepEqual(
      values.map((value) => value + 0),
      expected.map((value) => value + 0),
    );
  });

  it('reads Q4_1 as d * q + m, block after block', () => {
    const first = [...HALF, ...MINUS_TWO, ...Array.from({ length: 16 }, () => 0xf0)];
    const second = [...ONE, ...ONE, ...Array.from({ length: 16 }, () => 0x21)];
    const values = [...dequantise(tensor('Q4_1', [2, 32], [...first, ...second]))];
    assert.deepEqual(
      [values[0], values[15], values[16], values[31], values[32], values[48]],
      [-2, -2, 5.5, 5.5, 2, 3],
    );
  });
});

describe('the weights of the default model', () => {
  const model = defaultModel();

  for (const { name, shape, sha256 } of golden) {
    it(`are the gguf package's, bit for bit: ${name}`, async () => {
      const weight = await model().tensor(name);
      assert.deepEqual(weight.shape, shape);
      const values = dequantise(weight);
      const hash = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
      assert.equal(hash, sha256);
    });
  }
});
