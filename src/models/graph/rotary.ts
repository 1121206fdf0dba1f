import type { LlamaConfig } from '../model';

/** Cosines and sines of the rotary embedding, `[context, headDim / 2]` each, for every position of the context. */
export function rotaryTables(config: LlamaConfig): { cos: Float32Array; sin: Float32Array } {
  const half = config.headDim / 2;
  const cos = new Float32Array(config.context * half);
  const sin = new Float32Array(config.context * half);
  for (let j = 0; j < half; j++) {
    // The reference keeps frequencies and angles in fp32: the angle of a late position depends on it.
    const plain = Math.fround(1 / Math.fround(config.ropeBase ** ((2 * j) / config.headDim)));
    const frequency = Math.fround(plain / (config.ropeFactors?.[j] ?? 1));
    for (let position = 0; position < config.context; position++) {
      const angle = Math.fround(position * frequency);
      cos[position * half + j] = Math.cos(angle);
      sin[position * half + j] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
