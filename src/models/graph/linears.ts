import type { LlamaConfig } from '../model';

/** A linear layer of the graph: one or more weights of the model that read the same input, stacked. */
export interface Linear {
  readonly name: string;
  /** Model tensors, `[rows, inputs]` each, stacked along rows. */
  readonly parts: readonly string[];
  readonly inputs: number;
  readonly rows: number;
  /** The norm whose output it reads; null where it writes into the residual stream. */
  readonly norm: string | null;
}

const EMBEDDING = 'model.embed_tokens.weight';

export const tensorNames = {
  embedding: EMBEDDING,
  finalNorm: 'model.norm.weight',
  inputNorm: (layer: number) => `model.layers.${layer}.input_layernorm.weight`,
  postAttentionNorm: (layer: number) => `model.layers.${layer}.post_attention_layernorm.weight`,
};

/** The linear layers of one decoder layer: q, k and v stacked, and gate and up stacked, to run as one product. */
export function layerLinears(
  config: LlamaConfig,
  layer: number,
): Record<'qkv' | 'o' | 'gateUp' | 'down', Linear> {
  const { hiddenSize, heads, kvHeads, headDim, feedForward } = config;
  const prefix = `model.layers.${layer}`;
  const { inputNorm, postAttentionNorm } = tensorNames;
  const linear = (name: string, module: string, parts: string[]): Pick<Linear, 'name' | 'parts'> => ({
    name: `layer.${layer}.${name}`,
    parts: parts.map((part) => `${prefix}.${module}.${part}_proj.weight`),
  });
  return {
    qkv: {
      ...linear('qkv', 'self_attn', ['q', 'k', 'v']),
      inputs: hiddenSize,
      rows: (heads + 2 * kvHeads) * headDim,
      norm: inputNorm(layer),
    },
    o: { ...linear('o', 'self_attn', ['o']), inputs: heads * headDim, rows: hiddenSize, norm: null },
    gateUp: {
      ...linear('gateUp', 'mlp', ['gate', 'up']),
      inputs: hiddenSize,
      rows: 2 * feedForward,
      norm: postAttentionNorm(layer),
    },
    down: { ...linear('down', 'mlp', ['down']), inputs: feedForward, rows: hiddenSize, norm: null },
  };
}

/** The vocabulary projection. */
export function headLinear(config: LlamaConfig): Linear {
  return {
    name: 'head',
    parts: [config.tiedHead ? EMBEDDING : 'lm_head.weight'],
    inputs: config.hiddenSize,
    rows: config.vocabulary,
    norm: tensorNames.finalNorm,
  };
}

/** Every linear layer in the order it runs. */
export function allLinears(config: LlamaConfig): Linear[] {
  const layers = Array.from({ length: config.layers }, (_, layer) =>
    Object.values(layerLinears(config, layer)),
  );
  return [...layers.flat(), headLinear(config)];
}
