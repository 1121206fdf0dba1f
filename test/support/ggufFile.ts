import { writeFileSync } from 'node:fs';
import { byteLevelTokenizerJson, byteLevelTokens } from './tokenizers';

type Scalar =
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly text: string };
export type GgufValue = Scalar | { readonly texts: readonly string[] } | { readonly ints: readonly number[] };

/** ggml's numbers of the tensor types that tests write. */
export const GGML_TYPE = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3, Q8_0: 8, Q4_K: 12, BF16: 30 } as const;

export interface GgufTensor {
  readonly name: string;
  /** As everywhere but in the file, the row length last. */
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface GgufContent {
  readonly metadata: Readonly<Record<string, GgufValue>>;
  readonly tensors: readonly GgufTensor[];
}

const ALIGNMENT = 32;

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

/** A value after the number of its type. */
function typed(value: GgufValue): Buffer {
  if ('u32' in value) return Buffer.concat([u32(4), u32(value.u32)]);
  if ('f32' in value) return Buffer.concat([u32(6), f32(value.f32)]);
  if ('bool' in value) return Buffer.concat([u32(7), Buffer.of(value.bool ? 1 : 0)]);
  if ('text' in value) return Buffer.concat([u32(8), text(value.text)]);
  if ('texts' in value)
    return Buffer.concat([u32(9), u32(8), u64(value.texts.length), ...value.texts.map(text)]);
  return Buffer.concat([u32(9), u32(5), u64(value.ints.length), ...value.ints.map(u32)]);
}

function padding(length: number): Buffer {
  return Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
}

/** A GGUF file, version 3. */
export function ggufBytes({ metadata, tensors }: GgufContent): Buffer {
  let offset = 0;
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  for (const tensor of tensors) {
    const sizes = [...tensor.shape].reverse().map(u64);
    infos.push(text(tensor.name), u32(sizes.length), ...sizes, u32(tensor.type), u64(offset));
    const padded = Buffer.concat([tensor.bytes, padding(tensor.bytes.length)]);
    data.push(padded);
    offset += padded.length;
  }
  const entries = Object.entries(metadata);
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(entries.length),
    ...entries.flatMap(([key, value]) => [text(key), typed(value)]),
    ...infos,
  ]);
  return Buffer.concat([head, padding(head.length), ...data]);
}

/** The smallest Llama that has everything: one layer, two heads of four values, one key head. */
export const TINY = { hidden: 8, heads: 2, kvHeads: 1, headDim: 4, feedForward: 16, vocabulary: 259 };

function rows(shape: readonly number[]): Uint8Array {
  const count = shape.reduce((a, b) => a * b, 1);
  // Each value tells its place, so that a row in the wrong order shows.
  return new Uint8Array(Float32Array.from({ length: count }, (_, i) => i).buffer);
}

/** The parts of a tiny Llama's GGUF file, in F32, for a test to spoil. */
export function tinyLlama(): { metadata: Record<string, GgufValue>; tensors: GgufTensor[] } {
  const { hidden, heads, kvHeads, headDim, feedForward, vocabulary } = TINY;
  const tokens = byteLevelTokens();
  const shapes: Record<string, number[]> = {
    'token_embd.weight': [vocabulary, hidden],
    'blk.0.attn_norm.weight': [hidden],
    'blk.0.attn_q.weight': [heads * headDim, hidden],
    'blk.0.attn_k.weight': [kvHeads * headDim, hidden],
    'blk.0.attn_v.weight': [kvHeads * headDim, hidden],
    'blk.0.attn_output.weight': [hidden, heads * headDim],
    'blk.0.ffn_norm.weight': [hidden],
    'blk.0.ffn_gate.weight': [feedForward, hidden],
    'blk.0.ffn_up.weight': [feedForward, hidden],
    'blk.0.ffn_down.weight': [hidden, feedForward],
    'output_norm.weight': [hidden],
  };
  return {
    metadata: {
      'general.architecture': { text: 'llama' },
      'llama.block_count': { u32: 1 },
      'llama.context_length': { u32: 64 },
      'llama.embedding_length': { u32: hidden },
      'llama.feed_forward_length': { u32: feedForward },
      'llama.attention.head_count': { u32: heads },
      'llama.attention.head_count_kv': { u32: kvHeads },
      'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
      'llama.rope.freq_base': { f32: 10000 },
      'llama.rope.dimension_count': { u32: headDim },
      'tokenizer.ggml.model': { text: 'gpt2' },
      'tokenizer.ggml.pre': { text: 'gpt-2' },
      'tokenizer.ggml.tokens': { texts: tokens },
      'tokenizer.ggml.token_type': { ints: tokens.map((token) => (token === '<end>' ? 3 : 1)) },
      'tokenizer.ggml.merges': { texts: byteLevelTokenizerJson().model.merges },
      'tokenizer.ggml.bos_token_id': { u32: 256 },
      'tokenizer.ggml.eos_token_id': { u32: 257 },
      'tokenizer.chat_template': {
        text: "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('No system turn!') }}{% endif %}{{ m.content + eos_token }}{% endfor %}{% if add_generation_prompt %}>{% endif %}",
      },
    },
    tensors: Object.entries(shapes).map(([name, shape]) => ({
      name,
      shape,
      type: GGML_TYPE.F32,
      bytes: rows(shape),
    })),
  };
}

export function writeGguf(file: string, content: GgufContent): string {
  writeFileSync(file, ggufBytes(content));
  return file;
}
