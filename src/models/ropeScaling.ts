/** Llama 3.1's stretching of the context, under its names in config.json. */
export interface Llama3Scaling {
  readonly factor: number;
  readonly low_freq_factor: number;
  readonly high_freq_factor: number;
  readonly original_max_position_embeddings: number;
}

/**
 * Llama 3.1's scaling as divisors of the rotary frequencies: frequencies whose wave is short against the
 * original context stay, long ones are divided by `factor`, and those between are blended.
 *
 * @returns `[headDim / 2]`
 */
export function llama3Factors(scaling: Llama3Scaling, ropeBase: number, headDim: number): Float32Array {
  const { factor, low_freq_factor: low, high_freq_factor: high } = scaling;
  const context = scaling.original_max_position_embeddings;
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * ropeBase ** ((2 * i) / headDim);
    const waves = context / wavelength;
    if (waves > high) return 1;
    if (waves < low) return factor;
    const kept = (waves - low) / (high - low);
    return 1 / ((1 - kept) / factor + kept);
  });
}

/** Linear scaling: every frequency divided by the same factor. */
export function linearFactors(factor: number, headDim: number): Float32Array {
  return new Float32Array(headDim / 2).fill(factor);
}
