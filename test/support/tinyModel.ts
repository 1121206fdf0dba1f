import { createHash } from 'node:crypto';
import type { LlamaConfig, Model, Tensor, TensorType } from '../../src/models/model';
import { byteLength } from '../../src/models/tensorLayout';
import { expectedWeights } from '../../src/models/weights';

/** A decoder small enough to be computed by hand in a test. Every size is a whole number of blocks. */
export const TINY: LlamaConfig = {
  hiddenSize: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  feedForward: 128,
  vocabulary: 96,
  context: 64,
  ropeBase: 10000,
  ropeFactors: null,
  normEpsilon: 1e-5,
  tiedHead: true,
};

/** Types of a tiny model's weights: norms are always F32. */
export interface TinyTypes {
  readonly embedding: TensorType;
  readonly linear: (name: string) => TensorType;
}

/** A model in memory with random weights of the given types. The same seed gives the same bytes. */
export function tinyModel(types: TinyTypes, seed = 1): Model {
  const tensors = new Map<string, Tensor>();
  const random = mulberry32(seed);
  for (const [name, shape] of expectedWeights(TINY)) {
    const type = shape.length === 1 ? 'F32' : name.includes('embed') ? types.embedding : types.linear(name);
    tensors.set(name, { name, shape, type, bytes: randomBytes(type, shape, random) });
  }
  const hash = createHash('sha256');
  for (const { bytes } of tensors.values()) hash.update(bytes);
  return {
    id: 'tiny',
    name: 'tiny',
    architecture: 'llama',
    config: TINY,
    files: [{ name: 'tiny', path: 'tiny', bytes: 0, sha256: hash.digest('hex') }],
    tokenizer: {
      size: TINY.vocabulary,
      json: null,
      startTokens: [],
      endTokens: [],
      encode: (text) => Array.from(text, (c) => c.charCodeAt(0) % TINY.vocabulary),
      bytesOf: (token) => Uint8Array.of(32 + token),
      labelOf: (token) => String.fromCharCode(32 + token),
    },
    hasChatTemplate: false,
    renderChat: () => {
      throw new Error('a tiny model has no chat template');
    },
    tensor: (name) => {
      const tensor = tensors.get(name);
      return tensor ? Promise.resolve(tensor) : Promise.reject(new Error(`no ${name}`));
    },
    close: () => Promise.resolve(),
  };
}

/** Random bytes that are sound values of the type: scales stay small and finite. */
function randomBytes(type: TensorType, shape: readonly number[], random: () => number): Uint8Array {
  const size = byteLength(type, shape);
  if (size === null) throw new Error(`${shape.join('x')} is no whole number of ${type} blocks`);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const norm = shape.length === 1;
  switch (type) {
    case 'F32':
      for (let at = 0; at < size; at += 4)
        view.setFloat32(at, norm ? 0.5 + random() : (random() - 0.5) / 4, true);
      break;
    case 'BF16':
    case 'F16':
      // Both read 0x2c00 to 0x2fff and their negatives as small numbers: F16 0.06 to 0.12.
      for (let at = 0; at < size; at += 2) {
        view.setUint16(
          at,
          (type === 'F16' ? 0x2c00 : 0x3d80) + Math.floor(random() * 64) + (random() < 0.5 ? 0x8000 : 0),
          true,
        );
      }
      break;
    case 'Q8_0':
      fillBlocks(bytes, 34, 2, random, 0x1000);
      break;
    case 'Q4_0':
      fillBlocks(bytes, 18, 2, random, 0x2000);
      break;
    case 'Q4_1':
      fillBlocks(bytes, 20, 4, random, 0x2000);
      break;
  }
  return bytes;
}

/** Blocks of a half-precision scale, perhaps a minimum of about -8 scales, and random values. */
function fillBlocks(
  bytes: Uint8Array,
  block: number,
  header: number,
  random: () => number,
  scale: number,
): void {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += block) {
    const d = scale + Math.floor(random() * 1024);
    view.setUint16(at, d, true);
    // Three more in the exponent is eight times the scale; the top bit makes it negative.
    if (header === 4) view.setUint16(at + 2, (d + 3 * 1024) | 0x8000, true);
    for (let j = header; j < block; j++) bytes[at + j] = Math.floor(random() * 256);
  }
}

/** Random numbers in [0, 1), the same for the same seed (Tommy Ettinger's mulberry32). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
