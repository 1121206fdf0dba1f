import { OnnxGraph } from '../../graph/onnxGraph';
import { BLOCK } from '../../tensorLayout';
import type { HeadWeights, StoredLinear } from './headWeights';

/** Tokens that a part hands out for each row: TOP in training/draft_heads/parts.py. */
export const TOP = 10;

/** Which arithmetic `MatMulNBits` multiplies in: int8 activations by the block, which is fast, or fp32. */
export const ACCURACY = { fast: 4, exact: 1 } as const;
export type Accuracy = (typeof ACCURACY)[keyof typeof ACCURACY];

/** The most probable tokens of some rows, by falling probability. */
export interface Guesses {
  /** int64 */
  readonly token: string;
  /** fp32: the probability among the tokens that the head can guess. */
  readonly probability: string;
}

/** What a head can guess, and by which rows. */
export interface Projection {
  readonly linear: StoredLinear;
  /** int64 token ids of the rows; null where row i is token i. */
  readonly ids: string | null;
}

/**
 * One ONNX part under way: the pieces that heads are made of, with inputs and outputs as
 * training/draft_heads/parts.py names them.
 */
export class HeadPart {
  readonly graph: OnnxGraph;

  constructor(
    weights: HeadWeights,
    private readonly accuracy: Accuracy,
  ) {
    this.graph = new OnnxGraph(weights.entries, weights.file);
  }

  linear(x: string, { name, rows, inputs, hasBias }: StoredLinear): string {
    const { graph } = this;
    const product = graph.microsoft('MatMulNBits', [x, graph.weight(name), graph.weight(`${name}.scales`)], {
      K: inputs,
      N: rows,
      bits: 8,
      block_size: BLOCK,
      accuracy_level: this.accuracy,
    });
    return hasBias ? this.add(product, graph.weight(`${name}.bias`)) : product;
  }

  add(a: string, b: string): string {
    return this.graph.op('Add', [a, b]);
  }

  silu(x: string): string {
    return this.graph.op('Mul', [x, this.graph.op('Sigmoid', [x])]);
  }

  /** RMSNorm by a weight of the weights file. */
  norm(x: string, weight: string, epsilon: number): string {
    return this.graph.op('SimplifiedLayerNormalization', [x, this.graph.weight(weight)], {
      axis: -1,
      epsilon: { float: epsilon },
    });
  }

  concat(parts: readonly string[]): string {
    return this.graph.op('Concat', parts, { axis: -1 });
  }

  /** `x` cut along its last axis. */
  split(x: string, sizes: readonly number[]): string[] {
    return this.graph.node('Split', [x, this.constant(...sizes)], { axis: -1 }, sizes.length);
  }

  reshape(x: string, ...shape: readonly number[]): string {
    return this.graph.op('Reshape', [x, this.constant(...shape)]);
  }

  unsqueeze(x: string, axis: number): string {
    return this.graph.op('Unsqueeze', [x, this.constant(axis)]);
  }

  /** Rows of the 8-bit matrix `table` for `tokens` `[...]`: `[..., inputs]`. */
  embed(tokens: string, table: StoredLinear): string {
    const { graph } = this;
    const bytes = graph.op('Gather', [graph.weight(table.name), tokens], { axis: 0 });
    const scales = graph.op('Gather', [graph.weight(`${table.name}.scales`), tokens], { axis: 0 });
    const centred = graph.op('Sub', [graph.op('Cast', [bytes], { to: 1 }), graph.scalar(128)]);
    const values = graph.op('Mul', [centred, this.unsqueeze(scales, -1)]);
    // [..., blocks, 32] to [..., inputs].
    const shape = graph.op('Concat', [graph.op('Shape', [tokens]), this.constant(-1)], { axis: 0 });
    return graph.op('Reshape', [values, shape]);
  }

  /** The rows of interest of `x` `[1, T, width]`: `[R, width]`. */
  rowsOf(x: string, width: number): string {
    const rows = this.graph.input('rows', 'i64', ['R']);
    return this.reshape(this.graph.op('Gather', [x, rows], { axis: 1 }), -1, width);
  }

  /** The best tokens of `x` `[..., inputs]`. */
  guesses(x: string, { linear, ids }: Projection): Guesses {
    const { graph } = this;
    const logits = this.linear(x, linear);
    const [, index] = graph.node('TopK', [logits, this.constant(topOf(linear))], { axis: -1 }, 2);
    const probabilities = graph.op('Softmax', [logits], { axis: -1 });
    return {
      token: ids === null ? index : graph.op('Gather', [graph.weight(ids), index], { axis: 0 }),
      probability: graph.op('GatherElements', [probabilities, index], { axis: -1 }),
    };
  }

  /** Hands out guesses of the leading `shape` as `top.token` and `top.probability`. */
  output({ token, probability }: Guesses, shape: readonly (string | number)[], { linear }: Projection): void {
    const dims = [...shape, topOf(linear)];
    this.graph.output('top.token', token, 'i64', dims);
    this.graph.output('top.probability', probability, 'f32', dims);
  }

  private constant(...values: readonly number[]): string {
    return this.graph.constant('i64', values);
  }
}

function topOf({ rows }: StoredLinear): number {
  return Math.min(TOP, rows);
}
