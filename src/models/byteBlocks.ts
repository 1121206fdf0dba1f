import { BLOCK } from './tensorLayout';

/** The byte that stands for nothing. */
const ZERO = 128;
/** Steps on each side of it. */
const STEPS = 127;

/** A matrix as `MatMulNBits` multiplies it: `value = scale * (byte - 128)` in blocks of inputs. */
export interface ByteBlocks {
  /** `[rows, inputs / block, block]` */
  readonly values: Uint8Array;
  /** `[rows, inputs / block]` */
  readonly scales: Float32Array;
}

/**
 * Rounds a matrix to 8 bits, each block by its largest value: what `rounded` in training/draft_heads/parts.py stores.
 *
 * @param matrix `[rows, inputs]`, whole blocks
 * @param block inputs that share a scale
 */
export function byteBlocks(matrix: Float32Array, block = BLOCK): ByteBlocks {
  const blocks = matrix.length / block;
  const values = new Uint8Array(matrix.length);
  const scales = new Float32Array(blocks);
  for (let b = 0; b < blocks; b++) {
    const start = b * block;
    let largest = 0;
    for (let i = start; i < start + block; i++) largest = Math.max(largest, Math.abs(matrix[i]));
    // A block of zeros has no scale; any gives zeros back.
    const scale = Math.fround(largest / STEPS) || 1;
    scales[b] = scale;
    for (let i = start; i < start + block; i++) values[i] = Math.round(matrix[i] / scale) + ZERO;
  }
  return { values, scales };
}

/** The numbers that blocks of 32 stand for. */
export function restored({ values, scales }: ByteBlocks): Float32Array {
  return Float32Array.from(values, (value, i) => (value - ZERO) * scales[Math.floor(i / BLOCK)]);
}
