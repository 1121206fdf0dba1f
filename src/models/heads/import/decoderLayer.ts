import { rotaryTables } from '../../graph/rotary';
import type { Checkpoint } from './checkpoint';
import type { HeadBuilder } from './format';
import type { LayerConfig } from './headConfig';
import type { HeadPart } from './headPart';
import type { StoredLinear } from './headWeights';

/** The weights of one Llama decoder layer. */
export interface StoredLayer {
  readonly index: number;
  /** Null where the layer reads what comes as it is. */
  readonly inputNorm: string | null;
  readonly qkv: StoredLinear;
  readonly o: StoredLinear;
  readonly attentionNorm: string;
  readonly gateUp: StoredLinear;
  readonly down: StoredLinear;
}

/** How a layer departs from Llama's. */
export interface LayerVariant {
  /** Width of what queries, keys and values are made of. */
  readonly inputs: number;
  readonly hasInputNorm: boolean;
}

/** Stores layer `index`, whose tensors bear Hugging Face's names behind `layers.{index}`. */
export async function storeLayer(
  source: Checkpoint,
  head: HeadBuilder,
  config: LayerConfig,
  index: number,
  { inputs, hasInputNorm }: LayerVariant,
): Promise<StoredLayer> {
  const { weights } = head;
  const { width, heads, kvHeads, headDim } = config;
  const prefix = `layers.${index}`;
  const name = (what: string) => `layer.${index}.${what}`;
  const norm = async (what: string, tensor: string) =>
    weights.floats(name(what), await source.floats(`${prefix}.${tensor}.weight`, [width]));
  const { rows: feedForward } = source.matrixOf(`${prefix}.mlp.up_proj.weight`);
  const attention = (part: string, rows: number) => [`${prefix}.self_attn.${part}_proj`, rows] as const;
  const mlp = (part: string, rows: number) => [`${prefix}.mlp.${part}_proj`, rows] as const;
  const qkv = [
    attention('q', heads * headDim),
    attention('k', kvHeads * headDim),
    attention('v', kvHeads * headDim),
  ];
  return {
    index,
    inputNorm: hasInputNorm ? await norm('input_norm', 'input_layernorm') : null,
    qkv: await weights.linear(name('qkv'), source, { parts: qkv, inputs }),
    o: await weights.linear(name('o'), source, { parts: [attention('o', width)], inputs: heads * headDim }),
    attentionNorm: await norm('attention_norm', 'post_attention_layernorm'),
    gateUp: await weights.linear(name('gateUp'), source, {
      parts: [mlp('gate', feedForward), mlp('up', feedForward)],
      inputs: width,
    }),
    down: await weights.linear(name('down'), source, { parts: [mlp('down', width)], inputs: feedForward }),
  };
}

/** Stores all the decoder layers that a checkpoint has, from 0 on. @param variantOf how each departs from Llama's */
export async function storeLayers(
  source: Checkpoint,
  head: HeadBuilder,
  config: LayerConfig,
  variantOf: (index: number) => LayerVariant,
): Promise<StoredLayer[]> {
  const layers: StoredLayer[] = [];
  const count = source.countOf((index) => `layers.${index}.self_attn.q_proj.weight`);
  for (let index = 0; index < count; index++) {
    layers.push(await storeLayer(source, head, config, index, variantOf(index)));
  }
  return layers;
}

/** A layer's input norm of `x`, or `x` where the layer has none. */
export function inputNormed(
  part: HeadPart,
  { normEpsilon }: LayerConfig,
  { inputNorm }: StoredLayer,
  x: string,
): string {
  return inputNorm === null ? x : part.norm(x, inputNorm, normEpsilon);
}

/** Where rows stand and what they may look at, as values of a graph. */
export interface Placement {
  readonly positions: readonly string[];
  readonly bias: string;
}

/**
 * Stores the rotary tables of a head that turns otherwise than the target.
 *
 * @returns whether it does
 */
export async function storeRotary(head: HeadBuilder, { headDim, rotary }: LayerConfig): Promise<boolean> {
  const target = head.target.config;
  const { ropeBase, ropeFactors } = rotary;
  const same =
    headDim === target.headDim &&
    ropeBase === target.ropeBase &&
    (ropeFactors ?? []).join() === (target.ropeFactors ?? []).join();
  if (same) return false;
  const { cos, sin } = rotaryTables({ ...target, headDim, ropeBase, ropeFactors });
  const dims = [target.context, headDim / 2];
  await head.weights.floats('rotary.cos', cos, dims);
  await head.weights.floats('rotary.sin', sin, dims);
  return true;
}

/** Declares the inputs that place rows. The target's rotary tables are the engine's to feed; a head's own are stored. */
export function placement(
  part: HeadPart,
  head: HeadBuilder,
  { headDim }: LayerConfig,
  ownRotary: boolean,
): Placement {
  const { graph } = part;
  const dims = [head.target.config.context, headDim / 2];
  const tables = ['rotary.cos', 'rotary.sin'].map((name) =>
    ownRotary ? graph.weight(name) : graph.input(name, 'f32', dims),
  );
  const positions = graph.input('position_ids', 'i64', [1, 'T']);
  const bias = graph.input('attention_bias', 'f32', [1, 1, 'T', 'S+T']);
  return { positions: [...tables, positions], bias };
}

/**
 * A decoder layer over cached rows and new ones; the new ones come out for the caller to keep.
 *
 * @param residual `[1, T, width]` what the layer adds to
 * @param read `[1, T, inputs]` what queries, keys and values are made of
 */
export function decoderLayer(
  part: HeadPart,
  config: LayerConfig,
  layer: StoredLayer,
  residual: string,
  read: string,
  { positions, bias }: Placement,
): string {
  const { graph } = part;
  const { heads, kvHeads, headDim, normEpsilon } = config;
  const { index } = layer;
  const [queryWidth, kvWidth] = [heads * headDim, kvHeads * headDim];
  const packed = part.linear(read, layer.qkv);
  const [queryKey, value] = part.split(packed, [queryWidth + kvWidth, kvWidth]);
  // Queries and keys turn alike, so one operator turns both.
  const turned = graph.op('RotaryEmbedding', [queryKey, ...positions], { num_heads: heads + kvHeads });
  const [query, key] = part.split(turned, [queryWidth, kvWidth]);
  const joined = (name: string, fresh: string): string => {
    const past = graph.input(`past.${index}.${name}`, 'f32', [1, 'S', kvWidth]);
    graph.output(`new.${index}.${name}`, fresh, 'f32', [1, 'T', kvWidth]);
    return graph.op('Concat', [past, fresh], { axis: 1 });
  };
  const attended = graph.op('Attention', [query, joined('key', key), joined('value', value), bias], {
    q_num_heads: heads,
    kv_num_heads: kvHeads,
    scale: { float: 1 / Math.sqrt(headDim) },
  });
  const middle = part.add(residual, part.linear(attended, layer.o));
  const gateUp = part.linear(part.norm(middle, layer.attentionNorm, normEpsilon), layer.gateUp);
  const [gate, up] = part.split(gateUp, [layer.gateUp.rows / 2, layer.gateUp.rows / 2]);
  const gated = graph.op('Mul', [part.silu(gate), up]);
  return part.add(middle, part.linear(gated, layer.down));
}
