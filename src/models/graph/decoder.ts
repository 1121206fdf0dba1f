import type { LlamaConfig } from '../model';
import { BLOCK } from '../tensorLayout';
import { headLinear, layerLinears, tensorNames, type Linear } from './linears';
import { OnnxGraph } from './onnxGraph';
import { WEIGHTS_FILE, type WeightsIndex } from './weightsFile';

/** What the caller wants out of a forward; each costs only where it is asked for. */
export interface DecoderOutputs {
  /** Most probable tokens per row of interest, and their softmax probabilities; 0 leaves them out. */
  readonly topK: number;
  /** Probabilities of given (row, token) pairs. */
  readonly probes: boolean;
  /** `[rows, vocabulary]` raw logits. The runtime copies them only when they are fetched. */
  readonly logits: boolean;
  /** The last hidden states after and before the final norm, `[1, T, hidden]`. */
  readonly hidden: boolean;
  readonly hiddenBeforeNorm: boolean;
  /** Layers whose output (the residual stream) is wanted. */
  readonly layers: readonly number[];
  /** `[inputs]` the mean square of what every linear layer behind a norm reads: what calibration looks at. */
  readonly inputEnergies: boolean;
}

/** States as a drafter's head reads them: the last ones after the final norm, or before it, or those that a layer puts out. */
export type StateOutput = 'hidden' | 'hidden.before_norm' | `layer.${number}`;

/** The layers whose output is among these. */
export function layersAmong(outputs: readonly string[]): number[] {
  return outputs.flatMap((name) => {
    const layer = /^layer\.(\d+)$/.exec(name)?.[1];
    return layer === undefined ? [] : [Number(layer)];
  });
}

export const VERIFY_OUTPUTS: DecoderOutputs = {
  topK: 8,
  probes: true,
  logits: true,
  // Computed in any case, and copied only for a drafter that reads them.
  hidden: true,
  hiddenBeforeNorm: true,
  layers: [],
  inputEnergies: false,
};

/**
 * Where a layer's earlier keys and values come from, where the new ones go, and how queries meet them: the one
 * part of the graph that differs by where they live. Called once a graph; what it returns adds one layer's
 * attention over fp32 rows `[1, T, heads * headDim]`, queries and keys already turned. How the caller says which
 * row may look where is the form's too.
 */
export type AttentionForm = (
  graph: OnnxGraph,
  config: LlamaConfig,
) => (layer: number, query: string, key: string, value: string) => string;

/**
 * The form "attn3": cached rows come in, are joined with the new ones inside the graph, and only the new rows
 * come out.
 */
const rowAttention: AttentionForm = (graph, config) => {
  const bias = graph.input('attention_bias', 'f32', [1, 1, 'T', 'S+T']);
  const width = config.kvHeads * config.headDim;
  return (layer, query, key, value) => {
    const joined = (part: string, fresh: string): string => {
      const past = graph.input(`past.${layer}.${part}`, 'f32', [1, 'S', width]);
      return graph.op('Concat', [past, fresh], { axis: 1 });
    };
    const keys = joined('key', key);
    const values = joined('value', value);
    graph.output(`new.${layer}.key`, key, 'f32', [1, 'T', width]);
    graph.output(`new.${layer}.value`, value, 'f32', [1, 'T', width]);
    return graph.op('Attention', [query, keys, values, bias], {
      q_num_heads: config.heads,
      kv_num_heads: config.kvHeads,
      scale: { float: 1 / Math.sqrt(config.headDim) },
    });
  };
};

/**
 * Writes a Llama-family decoder that verifies trees. In its usual form keys and values are kept as rows by the
 * caller, who appends the accepted ones, so that a rejected branch never enters the cache; `deviceAttention.ts`
 * has the form that keeps them on a device.
 *
 * Inputs, for T new tokens, S cached ones, R rows of interest and P probes:
 * - `input_ids`, `position_ids`: int64 `[1, T]`
 * - `attention_bias`: fp32 `[1, 1, T, S + T]`, 0 where a row may look, a large negative number elsewhere
 * - `past.<layer>.key`, `past.<layer>.value`: fp32 `[1, S, kvHeads * headDim]`
 * - `rows`: int64 `[R]`, the rows whose vocabulary projection is wanted
 * - `probes`: int64 `[P, 2]`, pairs of an index into `rows` and a token
 *
 * Outputs: `new.<layer>.key` and `.value`, fp32 `[1, T, kvHeads * headDim]`; `top.token` int64 and
 * `top.probability` fp32 `[R, topK]`; `probe.probability` fp32 `[P]`; `logits` fp32 `[R, vocabulary]`;
 * `hidden`, `hidden.before_norm`, `layer.<i>` fp32 `[1, T, hidden]`; `energy.<linear>` fp32 `[inputs]`.
 */
export function buildDecoder(
  config: LlamaConfig,
  weights: WeightsIndex,
  outputs: DecoderOutputs,
  form: AttentionForm = rowAttention,
): Uint8Array {
  const graph = new OnnxGraph(weights.entries, WEIGHTS_FILE);
  const kvWidth = config.kvHeads * config.headDim;
  const queryWidth = config.heads * config.headDim;

  const ids = graph.input('input_ids', 'i64', [1, 'T']);
  const positions = graph.input('position_ids', 'i64', [1, 'T']);
  const attend = form(graph, config);
  const cos = graph.weight('rotary.cos');
  const sin = graph.weight('rotary.sin');

  const project = (x: string, linear: Linear): string => {
    if (outputs.inputEnergies && linear.norm !== null) {
      const flat = graph.op('Reshape', [x, graph.constant('i64', [-1, linear.inputs])]);
      const energy = graph.op('ReduceMean', [graph.op('Mul', [flat, flat]), graph.constant('i64', [0])], {
        keepdims: 0,
      });
      graph.output(`energy.${linear.name}`, energy, 'f32', [linear.inputs]);
    }
    return linearProduct(graph, weights, linear, x);
  };
  const isTurned = graph.hasWeight('rotation');
  const normWeight = (name: string): string => graph.weight(isTurned ? 'norm.plain' : name);
  const turnBack = (x: string): string =>
    isTurned ? graph.microsoft('FusedMatMul', [x, graph.weight('rotation')], { transB: 1 }) : x;
  const state = (name: string, x: string): void => graph.output(name, x, 'f32', [1, 'T', config.hiddenSize]);

  const embedded = embed(graph, weights, config, ids);
  let residual = isTurned ? graph.op('MatMul', [embedded, graph.weight('rotation')]) : embedded;
  let normed = graph.op('SimplifiedLayerNormalization', [residual, normWeight(tensorNames.inputNorm(0))], {
    axis: -1,
    epsilon: { float: config.normEpsilon },
  });
  const addAndNorm = (delta: string, norm: string): void => {
    const [next, , , sum] = graph.node(
      'SkipSimplifiedLayerNormalization',
      [residual, delta, normWeight(norm)],
      { epsilon: { float: config.normEpsilon } },
      4,
      'com.microsoft',
      [true, false, false, true],
    );
    normed = next;
    residual = sum;
  };

  for (let layer = 0; layer < config.layers; layer++) {
    const { qkv, o, gateUp, down } = layerLinears(config, layer);

    const packed = project(normed, qkv);
    const [queryKey, value] = graph.node(
      'Split',
      [packed, graph.constant('i64', [queryWidth + kvWidth, kvWidth])],
      { axis: -1 },
      2,
    );
    // Queries and keys rotate alike, so one operator turns both.
    const rotated = graph.op('RotaryEmbedding', [queryKey, cos, sin, positions], {
      num_heads: config.heads + config.kvHeads,
    });
    const [query, key] = graph.node(
      'Split',
      [rotated, graph.constant('i64', [queryWidth, kvWidth])],
      { axis: -1 },
      2,
    );
    const attended = attend(layer, query, key, value);
    addAndNorm(project(attended, o), tensorNames.postAttentionNorm(layer));

    const [gate, up] = graph.node(
      'Split',
      [project(normed, gateUp), graph.constant('i64', [config.feedForward, config.feedForward])],
      { axis: -1 },
      2,
    );
    const activated = graph.op('Mul', [graph.op('Mul', [gate, graph.op('Sigmoid', [gate])]), up]);
    const isLast = layer === config.layers - 1;
    addAndNorm(project(activated, down), isLast ? tensorNames.finalNorm : tensorNames.inputNorm(layer + 1));
    if (outputs.layers.includes(layer)) state(`layer.${layer}`, turnBack(residual));
  }

  if (outputs.hidden) {
    const plain = turnBack(normed);
    state('hidden', isTurned ? graph.op('Mul', [plain, graph.weight(tensorNames.finalNorm)]) : plain);
  }
  if (outputs.hiddenBeforeNorm) state('hidden.before_norm', turnBack(residual));
  if (outputs.topK > 0 || outputs.probes || outputs.logits || outputs.inputEnergies) {
    // Reshaped here, where it is only a view: logits, which are an output, would be copied.
    const flat = graph.op('Reshape', [normed, graph.constant('i64', [-1, config.hiddenSize])]);
    const rows = graph.op('Gather', [flat, graph.input('rows', 'i64', ['R'])], { axis: 0 });
    addScores(graph, config, project(rows, headLinear(config)), outputs);
  }
  return graph.serialise();
}

function addScores(graph: OnnxGraph, config: LlamaConfig, logits: string, outputs: DecoderOutputs): void {
  if (outputs.logits) graph.output('logits', logits, 'f32', ['R', config.vocabulary]);
  if (outputs.topK === 0 && !outputs.probes) return;
  const probabilities = graph.op('Softmax', [logits], { axis: -1 });
  if (outputs.topK > 0) {
    // Ranked by logit, not by probability: two logits may round to one probability.
    const [, token] = graph.node('TopK', [logits, graph.constant('i64', [outputs.topK])], { axis: -1 }, 2);
    graph.output('top.token', token, 'i64', ['R', outputs.topK]);
    graph.output('top.probability', graph.op('GatherElements', [probabilities, token], { axis: 1 }), 'f32', [
      'R',
      outputs.topK,
    ]);
  }
  if (outputs.probes) {
    const probes = graph.input('probes', 'i64', ['P', 2]);
    graph.output('probe.probability', graph.op('GatherND', [probabilities, probes]), 'f32', ['P']);
  }
}

function embed(graph: OnnxGraph, weights: WeightsIndex, config: LlamaConfig, ids: string): string {
  switch (weights.embedding) {
    case 'f32':
      return graph.op('Gather', [graph.weight('embedding'), ids], { axis: 0 });
    case 'q8': {
      const stored = graph.op('Cast', [graph.op('Gather', [graph.weight('embedding'), ids], { axis: 0 })], {
        to: 1,
      });
      const scales = graph.op('Unsqueeze', [
        graph.op('Gather', [graph.weight('embedding.scales'), ids], { axis: 0 }),
        graph.constant('i64', [-1]),
      ]);
      const values = graph.op('Mul', [graph.op('Sub', [stored, graph.scalar(128)]), scales]);
      return graph.op('Reshape', [values, graph.constant('i64', [1, -1, config.hiddenSize])]);
    }
  }
}

/** The product of `x` `[1, T, inputs]`, or `[R, inputs]` for the head, and a layer's weight as the weights file holds it. */
function linearProduct(graph: OnnxGraph, weights: WeightsIndex, linear: Linear, x: string): string {
  const segments = weights.linears.get(linear.name);
  if (segments === undefined) throw new Error(`the weights file has no linear layer ${linear.name}`);
  const products = segments.map(({ kind, rows }, i) => {
    const name = `${linear.name}#${i}`;
    switch (kind) {
      case 'f32':
        return fp32Product(graph, name, x);
      case 'q8':
        return blockProduct(graph, graph.hasWeight(name) ? name : 'embedding', 8, linear, rows, x);
      case 'q4':
        return blockProduct(graph, name, 4, linear, rows, x);
      case 'q4c': {
        const product = blockProduct(graph, name, 4, linear, rows, x);
        const correction = graph.op('MatMul', [
          blockSums(graph, linear.inputs, x),
          graph.weight(`${name}.correction`),
        ]);
        return graph.op('Add', [product, correction]);
      }
      case 'int8':
        return int8Product(graph, linear, x);
    }
  });
  return products.length === 1 ? products[0] : graph.op('Concat', products, { axis: -1 });
}

function fp32Product(graph: OnnxGraph, name: string, x: string): string {
  if (graph.hasWeight(name)) return graph.op('MatMul', [x, graph.weight(name)]);
  // A tied head multiplies its rows of interest with the embedding as it is stored, row by token.
  return graph.op('Gemm', [x, graph.weight('embedding')], { transB: 1 });
}

function blockProduct(
  graph: OnnxGraph,
  name: string,
  bits: 4 | 8,
  { inputs }: Linear,
  rows: number,
  x: string,
): string {
  const [, , bytes] = graph.dims(name);
  return graph.microsoft('MatMulNBits', [x, graph.weight(name), graph.weight(`${name}.scales`)], {
    K: inputs,
    N: rows,
    bits,
    block_size: (bytes * 8) / bits,
    // Level 4 (int8 activations per block) is the only one with a fast kernel for 8 bits.
    accuracy_level: 4,
  });
}

function blockSums(graph: OnnxGraph, inputs: number, x: string): string {
  const blocks = graph.op('Reshape', [x, graph.constant('i64', [-1, inputs / BLOCK, BLOCK])]);
  return graph.op('ReduceSum', [blocks, graph.constant('i64', [-1])], { keepdims: 0 });
}

/**
 * `x` is what a norm puts out in the turned basis: the large channels last, which are multiplied in fp32; the others are
 * rounded to fixed steps, 128 standing for 0.
 */
function int8Product(graph: OnnxGraph, { name, inputs }: Linear, x: string): string {
  const step = graph.weight(`${name}.step`);
  const zero = graph.constant('u8', [128], []);
  const product = graph.microsoft('MatMulIntegerToFloat', [
    graph.op('QuantizeLinear', [x, step, zero]),
    graph.weight(name),
    step,
    graph.weight(`${name}.scales`),
    zero,
  ]);
  const [large] = graph.dims(`${name}.large`);
  const exact = graph.op('MatMul', [
    graph.op('Slice', [
      x,
      graph.constant('i64', [inputs - large]),
      graph.constant('i64', [inputs]),
      graph.constant('i64', [-1]),
    ]),
    graph.weight(`${name}.large`),
  ]);
  return graph.op('Add', [product, exact]);
}
