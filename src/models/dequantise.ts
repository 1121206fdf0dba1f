import type { Tensor } from './model';
import { TENSOR_LAYOUTS, valueCount } from './tensorLayout';

/** All half-precision values by their bits: a table is faster than taking the fields apart. */
const HALVES: Float32Array = (() => {
  const table = new Float32Array(1 << 16);
  for (let bits = 0; bits < table.length; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction === 0 ? sign * Infinity : NaN;
    else table[bits] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return table;
})();

/** The value of an IEEE half-precision number from its 16 bits. */
export function halfToFloat(bits: number): number {
  return HALVES[bits];
}

/**
 * The weight's values in fp32, row-major, exactly what its file stands for: a block's products and sums need
 * fewer than 53 bits, so that only the final value is rounded, as it is in llama.cpp's and in numpy's fp32.
 *
 * Block layouts, with half-precision `d` and `m` first (ggml's `block_q8_0`, `block_q4_0`, `block_q4_1`):
 * Q8_0 is `d * q`, q signed bytes; Q4_0 is `d * (q - 8)`; Q4_1 is `d * q + m`. Byte j of 4-bit values holds
 * value j in its low half and value j + 16 in its high half.
 */
export function dequantise(tensor: Tensor): Float32Array {
  const values = new Float32Array(valueCount(tensor.shape));
  const { bytes } = tensor;
  switch (tensor.type) {
    case 'F32':
      // Through the bytes, as the file's part need not stand at a multiple of four.
      new Uint8Array(values.buffer).set(bytes);
      return values;
    case 'F16':
      for (let i = 0; i < values.length; i++) values[i] = HALVES[bytes[2 * i] | (bytes[2 * i + 1] << 8)];
      return values;
    case 'BF16': {
      const words = new Uint32Array(values.buffer);
      for (let i = 0; i < words.length; i++) words[i] = (bytes[2 * i] << 16) | (bytes[2 * i + 1] << 24);
      return values;
    }
    case 'Q8_0': {
      const { blockSize, blockBytes } = TENSOR_LAYOUTS.Q8_0;
      for (let at = 0, out = 0; at < bytes.length; at += blockBytes) {
        const d = HALVES[bytes[at] | (bytes[at + 1] << 8)];
        for (let j = 0; j < blockSize; j++) values[out++] = d * ((bytes[at + 2 + j] << 24) >> 24);
      }
      return values;
    }
    case 'Q4_0': {
      const { blockBytes } = TENSOR_LAYOUTS.Q4_0;
      for (let at = 0, out = 0; at < bytes.length; at += blockBytes, out += 32) {
        const d = HALVES[bytes[at] | (bytes[at + 1] << 8)];
        fourBits(values, out, bytes, at + 2, d, -8 * d);
      }
      return values;
    }
    case 'Q4_1': {
      const { blockBytes } = TENSOR_LAYOUTS.Q4_1;
      for (let at = 0, out = 0; at < bytes.length; at += blockBytes, out += 32) {
        const d = HALVES[bytes[at] | (bytes[at + 1] << 8)];
        const m = HALVES[bytes[at + 2] | (bytes[at + 3] << 8)];
        fourBits(values, out, bytes, at + 4, d, m);
      }
      return values;
    }
  }
}

/** Writes one block of 32 four-bit values as `d * q + m`. */
function fourBits(values: Float32Array, out: number, bytes: Uint8Array, at: number, d: number, m: number) {
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + j];
    values[out + j] = d * (pair & 15) + m;
    values[out + j + 16] = d * (pair >> 4) + m;
  }
}
