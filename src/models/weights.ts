import type { LlamaConfig } from './model';

/** The weights of one decoder layer, by their Hugging Face name within the layer. */
function layerShapes(config: LlamaConfig): readonly (readonly [string, readonly number[]])[] {
  const { hiddenSize, feedForward } = config;
  const queryRows = config.heads * config.headDim;
  const keyRows = config.kvHeads * config.headDim;
  return [
    ['input_layernorm.weight', [hiddenSize]],
    ['self_attn.q_proj.weight', [queryRows, hiddenSize]],
    ['self_attn.k_proj.weight', [keyRows, hiddenSize]],
    ['self_attn.v_proj.weight', [keyRows, hiddenSize]],
    ['self_attn.o_proj.weight', [hiddenSize, queryRows]],
    ['post_attention_layernorm.weight', [hiddenSize]],
    ['mlp.gate_proj.weight', [feedForward, hiddenSize]],
    ['mlp.up_proj.weight', [feedForward, hiddenSize]],
    ['mlp.down_proj.weight', [hiddenSize, feedForward]],
  ];
}

/** Every weight of a Llama decoder with its shape, by Hugging Face name: what a file must hold, and no more. */
export function expectedWeights(config: LlamaConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  shapes.set('model.embed_tokens.weight', [config.vocabulary, config.hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [name, shape] of layerShapes(config)) shapes.set(`model.layers.${layer}.${name}`, shape);
  }
  shapes.set('model.norm.weight', [config.hiddenSize]);
  if (!config.tiedHead) shapes.set('lm_head.weight', [config.vocabulary, config.hiddenSize]);
  return shapes;
}

/** Those of a decoder that are none of its layers' and belong to a vocabulary. */
export const sharedWeights: ReadonlySet<string> = new Set(['model.embed_tokens.weight', 'lm_head.weight']);
