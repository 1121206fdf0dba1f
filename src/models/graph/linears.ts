import type { LlamaConfig } from '../model';

/** A linear layer of the graph: one or more weights of the model that read the same input, stacked. */
export interface Linear {
  readonly name: string;
  /** Model tensors, `[rows, inputs]` each, stacked along rows. */
  readonly parts: readonly string[];
  readonly inputs: number;
  readonly rows: number;
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
  const linear = (name: string, module: string, parts: string[], inputs: number, rows: number): Linear => ({
    name: `layer.${layer}.${name}`,
    parts: parts.map((part) => `${prefix}.${module}.${part}_proj.weight`),
    inputs,
    rows,
  });
  return {
    qkv: linear('qkv', 'self_attn', ['q', 'k', 'v'], hiddenSize, (heads + 2 * kvHeads) * headDim),
    o: linear('o', 'self_attn', ['o'], heads * headDim, hiddenSize),
    gateUp: linear('gateUp', 'mlp', ['gate', 'up'], hiddenSize, 2 * feedForward),
    down: linear('down', 'mlp', ['down'], feedForward, hiddenSize),
  };
}

/** The vocabulary projection. */
export function headLinear(config: LlamaConfig): Linear {
  return {
    name: 'head',
    parts: [config.tiedHead ? EMBEDDING : 'lm_head.weight'],
    inputs: config.hiddenSize,
    rows: config.vocabulary,
  };
}

/** Every linear layer in the order it runs. */
export function allLinears(config: LlamaConfig): Linear[] {
  const layers = Array.from({ length: config.layers }, (_, layer) =>
    Object.values(layerLinears(config, layer)),
  );
  return [...layers.flat(), headLinear(config)];
}
