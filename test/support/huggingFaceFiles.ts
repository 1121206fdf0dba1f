import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { byteLevelTokenizerJson } from './tokenizers';

/** The configuration of the smallest Llama that has everything. */
export const TINY_CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  intermediate_size: 16,
  vocab_size: 259,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
  eos_token_id: 256,
};

export interface SafetensorsTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Tensors in F32 whose values count up from 0. */
function counting(shape: readonly number[]): SafetensorsTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: count }, (_, i) => i);
  return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
}

export function tinyWeights(): Record<string, SafetensorsTensor> {
  const layer = 'model.layers.0';
  return {
    'model.embed_tokens.weight': counting([259, 8]),
    [`${layer}.input_layernorm.weight`]: counting([8]),
    [`${layer}.self_attn.q_proj.weight`]: counting([8, 8]),
    [`${layer}.self_attn.k_proj.weight`]: counting([4, 8]),
    [`${layer}.self_attn.v_proj.weight`]: counting([4, 8]),
    [`${layer}.self_attn.o_proj.weight`]: counting([8, 8]),
    [`${layer}.post_attention_layernorm.weight`]: counting([8]),
    [`${layer}.mlp.gate_proj.weight`]: counting([16, 8]),
    [`${layer}.mlp.up_proj.weight`]: counting([16, 8]),
    [`${layer}.mlp.down_proj.weight`]: counting([8, 16]),
    'model.norm.weight': counting([8]),
  };
}

/** A file of header and data as given: neither is made to fit the other. */
export function rawSafetensors(header: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), data]);
}

export function safetensorsBytes(tensors: Readonly<Record<string, SafetensorsTensor>>): Buffer {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  return rawSafetensors(
    JSON.stringify(header),
    Buffer.concat(Object.values(tensors).map(({ bytes }) => bytes)),
  );
}

/** The files of a tiny model by name, as a hub repository or a folder holds them. */
export function tinyModelFiles(): Record<string, Buffer> {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  return {
    'config.json': json(TINY_CONFIG),
    'generation_config.json': json({ eos_token_id: [257] }),
    'tokenizer.json': json(byteLevelTokenizerJson()),
    'tokenizer_config.json': json({
      eos_token: '<end>',
      chat_template: '{% for m in messages %}{{ m.content + eos_token }}{% endfor %}',
    }),
    'model.safetensors': safetensorsBytes(tinyWeights()),
  };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}
