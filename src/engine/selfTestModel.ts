import type { LlamaConfig, Model, Tensor } from '../models/model';
import { BLOCK, byteLength } from '../models/tensorLayout';
import { expectedWeights } from '../models/weights';

/** A decoder that is converted, loaded and run in a second or two, with every operator of a real one. */
const CONFIG: LlamaConfig = {
  hiddenSize: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  feedForward: 128,
  vocabulary: 256,
  context: 64,
  ropeBase: 10000,
  ropeFactors: null,
  normEpsilon: 1e-5,
  tiedHead: true,
};

/** fp16 1/1024: a scale with which 8-bit weights stay below 1/8. */
const SCALE = 0x1400;

/**
 * A model in memory that a provider is tested with: Q8_0 blocks of fixed pseudo-random bytes, norms of 1. It is
 * the same on every machine, so that an answer can be compared with another machine's.
 */
export function selfTestModel(): Model {
  const random = xorshift32(1);
  const tensors = new Map<string, Tensor>();
  for (const [name, shape] of expectedWeights(CONFIG)) {
    const type = shape.length === 1 ? 'F32' : 'Q8_0';
    const bytes = new Uint8Array(byteLength(type, shape) ?? 0);
    if (type === 'F32') new Float32Array(bytes.buffer).fill(1);
    else fillBlocks(bytes, random);
    tensors.set(name, { name, shape, type, bytes });
  }
  return {
    id: 'self-test',
    name: 'self-test',
    architecture: 'llama',
    config: CONFIG,
    files: [],
    tokenizer: {
      size: CONFIG.vocabulary,
      json: null,
      startTokens: [],
      endTokens: [],
      encode: (text) => [...Buffer.from(text)],
      bytesOf: (token) => Uint8Array.of(token),
      labelOf: (token) => String(token),
    },
    hasChatTemplate: false,
    renderChat: () => '',
    tensor: (name) => {
      const tensor = tensors.get(name);
      return tensor ? Promise.resolve(tensor) : Promise.reject(new Error(`the self-test has no ${name}`));
    },
    close: () => Promise.resolve(),
  };
}

/** Q8_0: an fp16 scale, then a block of int8. */
function fillBlocks(bytes: Uint8Array, random: () => number): void {
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 2 + BLOCK) {
    view.setUint16(at, SCALE, true);
    for (let j = 0; j < BLOCK; j++) bytes[at + 2 + j] = random() & 0xff;
  }
}

/** Marsaglia's 32-bit xorshift: whole numbers that are the same for the same seed. */
function xorshift32(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 8;
  };
}
