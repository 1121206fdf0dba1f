import type { DrawToken } from '../../../src/decoding/race';

/**
 * Draws by inverse CDF with one number in [0, 1). The product draws by a race; this way has finitely many
 * pieces, so that a law can be integrated exactly.
 */
export function inverseCdf(uniform: (seed: number, position: number) => number): DrawToken {
  return (weights, seed, position) => {
    const draw = uniform(seed, position);
    const target = draw * weights.reduce((sum, weight) => sum + weight, 0);
    let cumulative = 0;
    let last = 0;
    for (let token = 0; token < weights.length; token++) {
      if (weights[token] === 0) continue;
      cumulative += weights[token];
      last = token;
      if (cumulative > target) break;
    }
    return { token: last, numberOf: () => draw };
  };
}
