import type { Checkpoint } from './checkpoint';
import type { HeadPart } from './headPart';
import type { HeadWeights, StoredLinear } from './headWeights';

/** `R x + SiLU(W x + b)`, of Medusa and Hydra; without `residual`, R is the identity. */
export interface ResidualBlock {
  readonly linear: StoredLinear;
  readonly residual: StoredLinear | null;
}

/**
 * Stores a block of a checkpoint.
 *
 * @param tensor of W, without `.weight`
 * @param residual of R likewise; null where it is the identity
 */
export async function storeBlock(
  weights: HeadWeights,
  source: Checkpoint,
  name: string,
  sizes: { readonly rows: number; readonly inputs: number },
  tensor: string,
  residual: string | null,
): Promise<ResidualBlock> {
  const { rows, inputs } = sizes;
  const stored = (as: string, from: string) => weights.linear(as, source, { parts: [[from, rows]], inputs });
  return {
    linear: await stored(`block.${name}`, tensor),
    residual: residual === null ? null : await stored(`residual.${name}`, residual),
  };
}

export function applyBlock(part: HeadPart, x: string, { linear, residual }: ResidualBlock): string {
  const carried = residual === null ? x : part.linear(x, residual);
  return part.add(carried, part.silu(part.linear(x, linear)));
}
