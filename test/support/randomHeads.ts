import type { LlamaConfig } from '../../src/models/model';
import { safetensorsBytes, type SafetensorsTensor } from './huggingFaceFiles';
import { mulberry32 } from './tinyModel';

type Shapes = Record<string, readonly number[]>;

/** The files of released heads with random weights, two levels each, that fit a target. */
export const randomHeads: Readonly<Record<string, (config: LlamaConfig) => Record<string, string | Buffer>>> =
  {
    medusa: ({ hiddenSize: h, vocabulary }) => ({
      'medusa_lm_head.safetensors': randomTensors({
        ...linear('0.0.linear', h, h),
        ...linear('1.0.linear', h, h),
        '0.1.weight': [vocabulary, h],
        '1.1.weight': [vocabulary, h],
      }),
    }),

    'hydra-plus': (config) => {
      const { hiddenSize: h, vocabulary } = config;
      const level = (index: number): Shapes => ({
        ...linear(`hydra_mlp.${index}.1.linear`, (index + 2) * h, h),
        ...linear(`hydra_mlp.${index}.1.res_connection`, (index + 2) * h, h),
        ...linear(`hydra_lm_head.${index}.1`, h, vocabulary),
      });
      return {
        'hydra_lm_head.safetensors': randomTensors({
          ...layer('prefix_embeding_layer.layers.0', config, h),
          'prefix_embeding_layer.layers.0.input_layernorm.weight': [h],
          'prefix_embeding_layer.norm.weight': [h],
          ...level(0),
          ...level(1),
        }),
      };
    },

    eagle: (config) => ({
      'model.safetensors': randomTensors({
        'fc.weight': [config.hiddenSize, 2 * config.hiddenSize],
        ...layer('layers.0', config, config.hiddenSize),
      }),
      'config.json': JSON.stringify(layerConfig(config)),
    }),

    eagle3: (config) => {
      const { hiddenSize: h, vocabulary } = config;
      const layers = [1, config.layers];
      return {
        'model.safetensors': randomTensors({
          'fc.weight': [h, layers.length * h],
          ...layer('midlayer', config, 2 * h),
          'midlayer.input_layernorm.weight': [h],
          'midlayer.hidden_norm.weight': [h],
          'norm.weight': [h],
          'lm_head.weight': [vocabulary, h],
        }),
        'config.json': JSON.stringify({ ...layerConfig(config), eagle_aux_hidden_state_layer_ids: layers }),
      };
    },
  };

function layerConfig(config: LlamaConfig): object {
  return {
    hidden_size: config.hiddenSize,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeBase,
  };
}

function layer(prefix: string, config: LlamaConfig, inputs: number): Shapes {
  const { hiddenSize: h, heads, kvHeads, headDim, feedForward } = config;
  return {
    [`${prefix}.self_attn.q_proj.weight`]: [heads * headDim, inputs],
    [`${prefix}.self_attn.k_proj.weight`]: [kvHeads * headDim, inputs],
    [`${prefix}.self_attn.v_proj.weight`]: [kvHeads * headDim, inputs],
    [`${prefix}.self_attn.o_proj.weight`]: [h, heads * headDim],
    [`${prefix}.post_attention_layernorm.weight`]: [h],
    [`${prefix}.mlp.gate_proj.weight`]: [feedForward, h],
    [`${prefix}.mlp.up_proj.weight`]: [feedForward, h],
    [`${prefix}.mlp.down_proj.weight`]: [h, feedForward],
  };
}

function linear(name: string, inputs: number, rows: number): Shapes {
  return { [`${name}.weight`]: [rows, inputs], [`${name}.bias`]: [rows] };
}

function randomTensors(shapes: Shapes): Buffer {
  const random = mulberry32(7);
  const tensors: Record<string, SafetensorsTensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => random() - 0.5);
    tensors[name] = { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
  }
  return safetensorsBytes(tensors);
}
