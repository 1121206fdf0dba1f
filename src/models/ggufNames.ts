/** llama.cpp's name of a weight within `blk.<layer>.` -> Hugging Face's within `model.layers.<layer>.` */
const LAYER_NAMES: ReadonlyMap<string, string> = new Map([
  ['attn_norm.weight', 'input_layernorm.weight'],
  ['attn_q.weight', 'self_attn.q_proj.weight'],
  ['attn_k.weight', 'self_attn.k_proj.weight'],
  ['attn_v.weight', 'self_attn.v_proj.weight'],
  ['attn_output.weight', 'self_attn.o_proj.weight'],
  ['ffn_norm.weight', 'post_attention_layernorm.weight'],
  ['ffn_gate.weight', 'mlp.gate_proj.weight'],
  ['ffn_up.weight', 'mlp.up_proj.weight'],
  ['ffn_down.weight', 'mlp.down_proj.weight'],
]);

const MODEL_NAMES: ReadonlyMap<string, string> = new Map([
  ['token_embd.weight', 'model.embed_tokens.weight'],
  ['output_norm.weight', 'model.norm.weight'],
  ['output.weight', 'lm_head.weight'],
]);

/** The Hugging Face name of a GGUF tensor of a Llama decoder, or null for a tensor that such a model lacks. */
export function huggingFaceName(ggufName: string): string | null {
  const layer = /^blk\.(\d+)\.(.+)$/.exec(ggufName);
  if (layer === null) return MODEL_NAMES.get(ggufName) ?? null;
  const name = LAYER_NAMES.get(layer[2]);
  return name === undefined ? null : `model.layers.${Number(layer[1])}.${name}`;
}

/**
 * How many heads' rows llama.cpp has reordered in a weight; 0 where it left them alone.
 */
export function permutedHeads(name: string, heads: number, kvHeads: number): number {
  if (name.endsWith('.self_attn.q_proj.weight')) return heads;
  if (name.endsWith('.self_attn.k_proj.weight')) return kvHeads;
  return 0;
}

/**
 * Undoes llama.cpp's order of the rows of Q and K. Its rotary embedding turns neighbours (2i, 2i + 1), Hugging
 * Face's turns halves (i, i + d/2), so the converter stores the rows of each head as `[d/2, 2]` where they were
 * `[2, d/2]`. A row is a whole number of blocks, so quantised rows move as they are.
 *
 * @param bytes the rows, `heads * headDim` of them, each of the same length
 */
export function unpermuteRows(bytes: Uint8Array, heads: number, headDim: number): Uint8Array {
  const rowBytes = bytes.length / (heads * headDim);
  const half = headDim / 2;
  const rows = new Uint8Array(bytes.length);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < headDim; i++) {
      const from = head * headDim + (i < half ? 2 * i : 2 * (i - half) + 1);
      const to = head * headDim + i;
      rows.set(bytes.subarray(from * rowBytes, (from + 1) * rowBytes), to * rowBytes);
    }
  }
  return rows;
}
