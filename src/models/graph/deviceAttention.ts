import type { AttentionForm } from './decoder';

/**
 * The form for keys and values that stay on a device: `GroupQueryAttention` writes the new rows behind the
 * cached ones, into the very buffer that it reads when the caller binds one tensor as `past.<i>` and as
 * `present.<i>`. Rows that were not accepted stay behind the sequence's end, where nothing looks.
 *
 * The operator masks causally besides the bias, so parents must come before children, and it turns nothing:
 * it would take the place in the buffer, not in the text, for a tree's positions.
 *
 * The bias, `[T, S + T]` floats for every forward, is made on the device: all rows may look at the whole past, so
 * only what new rows may see of each other comes from the host, and of a chain, which the causal mask settles, not
 * even that.
 *
 * Inputs instead of the decoder's own `attention_bias`:
 * - `attention_bias`: fp32 `[1, 1, M, N]`, for the last M rows and N columns: 0 where a row may look
 * - `bias_padding`: int64 `[8]`, how much the operator `Pad` puts before and behind each of its axes to make it
 *   `[1, 1, T, S + T]`
 *
 * Inputs beside them, for a buffer of C rows:
 * - `past.<layer>.key`, `past.<layer>.value`: fp32 `[1, kvHeads, C, headDim]`
 * - `seqlens_k`: int32 `[1]`, S + T - 1; `total_sequence_length`: int32 scalar, S + T, in the host's memory
 *
 * Outputs: `present.<layer>.key`, `present.<layer>.value`, as their pasts.
 */
export const deviceAttention: AttentionForm = (graph, config) => {
  const { heads, kvHeads, headDim } = config;
  const dims = [1, kvHeads, 'C', headDim];
  const bias = graph.op('Pad', [
    graph.input('attention_bias', 'f32', [1, 1, 'M', 'N']),
    graph.input('bias_padding', 'i64', [8]),
  ]);
  const last = graph.input('seqlens_k', 'i32', [1]);
  const total = graph.input('total_sequence_length', 'i32', []);
  return (layer, query, key, value) => {
    const inputs = [
      query,
      key,
      value,
      graph.input(`past.${layer}.key`, 'f32', dims),
      graph.input(`past.${layer}.value`, 'f32', dims),
      last,
      total,
      ...['', '', ''], // rotary tables and position ids
      bias,
    ];
    const attributes = {
      num_heads: heads,
      kv_num_heads: kvHeads,
      do_rotary: 0,
      scale: { float: 1 / Math.sqrt(headDim) },
    };
    const presents = [`present.${layer}.key`, `present.${layer}.value`];
    const names = [true, ...presents];
    const [attended] = graph.node('GroupQueryAttention', inputs, attributes, 3, 'com.microsoft', names);
    for (const present of presents) graph.output(present, present, 'f32', dims);
    return attended;
  };
};
