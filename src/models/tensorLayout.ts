import type { TensorType } from './model';

/** Values in one quantised block, in all the types that are read. */
export const BLOCK = 32;

/** How a tensor type stands in a file: runs of `blockSize` values along a row, `blockBytes` bytes each. */
export interface TensorLayout {
  readonly blockSize: number;
  readonly blockBytes: number;
}

/** The readable types. A Q8_0 block is a half-precision scale and 32 bytes; Q4_1 adds a minimum to Q4_0's. */
export const TENSOR_LAYOUTS: Readonly<Record<TensorType, TensorLayout>> = {
  F32: { blockSize: 1, blockBytes: 4 },
  F16: { blockSize: 1, blockBytes: 2 },
  BF16: { blockSize: 1, blockBytes: 2 },
  Q8_0: { blockSize: BLOCK, blockBytes: 34 },
  Q4_0: { blockSize: BLOCK, blockBytes: 18 },
  Q4_1: { blockSize: BLOCK, blockBytes: 20 },
};

export function isTensorType(name: string): name is TensorType {
  return Object.hasOwn(TENSOR_LAYOUTS, name);
}

/** Values in one row: the last dimension. */
export function rowLength(shape: readonly number[]): number {
  return shape.at(-1) ?? 1;
}

/** Values in the whole tensor. */
export function valueCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of a tensor, or null when a row is not a whole number of blocks, which no sound file has. */
export function byteLength(type: TensorType, shape: readonly number[]): number | null {
  const { blockSize, blockBytes } = TENSOR_LAYOUTS[type];
  if (rowLength(shape) % blockSize !== 0) return null;
  return (valueCount(shape) / blockSize) * blockBytes;
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}
