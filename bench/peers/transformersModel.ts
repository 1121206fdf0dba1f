import { onnx } from 'onnx-proto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { convertedWeights } from '../../src/engine/convert';
import { digest, exists } from '../../src/engine/convertedWeights';
import { writeAtomically } from '../../src/models/cache';
import { buildDecoder, type AttentionForm, type DecoderOutputs } from '../../src/models/graph/decoder';
import { ELEMENT } from '../../src/models/graph/onnxGraph';
import { WEIGHTS_FILE } from '../../src/models/graph/weightsFile';
import type { LlamaConfig, Model } from '../../src/models/model';

const LOGITS: DecoderOutputs = {
  topK: 0,
  probes: false,
  logits: true,
  hidden: false,
  hiddenBeforeNorm: false,
  layers: [],
  inputEnergies: false,
};

/**
 * Attention as exports for transformers.js have it: `GroupQueryAttention` over `past_key_values.<layer>.key` and
 * `.value`, fp32 `[1, kvHeads, S, headDim]`, which come out again joined with the new rows as `present.<layer>.…`.
 * How long the past is, it reads off `attention_mask`, int64 `[1, S + T]`.
 */
const exportedAttention: AttentionForm = (graph, config) => {
  const { heads, kvHeads, headDim } = config;
  const mask = graph.input('attention_mask', 'i64', [1, 'S+T']);
  const int32 = { to: ELEMENT.i32 };
  const count = graph.op('ReduceSum', [mask, graph.constant('i64', [1])], { keepdims: 0 });
  const last = graph.op('Cast', [graph.op('Sub', [count, graph.constant('i64', [1])])], int32);
  const width = graph.op('Gather', [graph.op('Shape', [mask]), graph.constant('i64', [1], [])]);
  const total = graph.op('Cast', [width], int32);
  return (layer, query, key, value) => {
    const slab = (part: string) =>
      graph.input(`past_key_values.${layer}.${part}`, 'f32', [1, kvHeads, 'S', headDim]);
    const presents = [`present.${layer}.key`, `present.${layer}.value`];
    const [attended] = graph.node(
      'GroupQueryAttention',
      [query, key, value, slab('key'), slab('value'), last, total],
      { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 0, scale: { float: 1 / Math.sqrt(headDim) } },
      3,
      'com.microsoft',
      [true, ...presents],
    );
    for (const present of presents) graph.output(present, present, 'f32', [1, kvHeads, 'S+T', headDim]);
    return attended;
  };
};

/**
 * A folder as transformers.js loads it, with the weights of our form `file`, which are the model file's own: the
 * same 4-bit blocks, by the same kernels. Made once for each version of the graph and the weights.
 *
 * @param parent the folder of such folders
 */
export async function transformersModel(model: Model, parent: string): Promise<string> {
  const weights = await convertedWeights(model, 'file', () => undefined);
  const graph = exportedLayout(buildDecoder(model.config, weights.index, LOGITS, exportedAttention));
  const folder = path.join(parent, `${path.basename(weights.folder)}-${digest(graph)}`);
  // Its config is written last: a folder with one is whole.
  if (await exists(path.join(folder, 'config.json'))) return folder;
  await writeAtomically(path.join(folder, 'config.json'), async (partial) => {
    const onnxFolder = path.join(folder, 'onnx');
    await mkdir(onnxFolder, { recursive: true });
    await copyFile(path.join(weights.folder, WEIGHTS_FILE), path.join(onnxFolder, WEIGHTS_FILE));
    await writeFile(path.join(onnxFolder, 'model_q4.onnx'), graph);
    // Without end tokens, so that every contestant decodes as many tokens as it was asked for.
    await writeFile(path.join(folder, 'generation_config.json'), '{}');
    await writeFile(partial, JSON.stringify(exportedConfig(model.config)));
  });
  return folder;
}

/**
 * Our decoder's graph with the inputs and outputs of an export: no bias, since the attention masks causally by
 * itself; logits `[1, 1, vocabulary]` of the last row only, which is all that its loop reads.
 */
function exportedLayout(decoder: Uint8Array): Uint8Array {
  const model = onnx.ModelProto.decode(decoder);
  const graph = model.graph;
  const logits = graph?.output?.find(({ name }) => name === 'logits');
  const last = graph?.node?.find(({ output }) => output?.[0] === 'logits');
  if (!graph?.input || !graph.initializer || !graph.node || !logits || !last?.output)
    throw new Error('not our decoder');
  graph.input = graph.input.filter(({ name }) => name !== 'attention_bias' && name !== 'rows');
  graph.initializer.push(integer('rows', -1), integer('first axis', 0));
  // Ours are `[rows, vocabulary]`.
  last.output = ['rows of logits'];
  graph.node.push({ opType: 'Unsqueeze', input: ['rows of logits', 'first axis'], output: ['logits'] });
  logits.type?.tensorType?.shape?.dim?.unshift({ dimValue: 1 });
  return onnx.ModelProto.encode(model).finish();
}

function integer(name: string, value: number): onnx.ITensorProto {
  const rawData = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
  return { name, dataType: ELEMENT.i64, dims: [1], rawData };
}

function exportedConfig(config: LlamaConfig): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    intermediate_size: config.feedForward,
    vocab_size: config.vocabulary,
    max_position_embeddings: config.context,
  };
}
