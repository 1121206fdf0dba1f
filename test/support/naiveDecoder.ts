import { dequantise } from '../../src/models/dequantise';
import type { Model } from '../../src/models/model';

/** What the decoder computes for the last token of a text. */
export interface NaiveResult {
  /** The successor's, `[vocabulary]`. */
  readonly logits: Float64Array;
  /** After and before the final norm, `[hidden]`. */
  readonly hidden: Float64Array;
  readonly hiddenBeforeNorm: Float64Array;
  /** What each layer adds up to, `[hidden]`. */
  readonly layers: readonly Float64Array[];
}

export async function naiveLogits(model: Model, tokens: readonly number[]): Promise<Float64Array> {
  return (await naiveDecode(model, tokens)).logits;
}

/**
 * A Llama decoder as the papers write it, in double precision and without a cache: the second opinion on the
 * graph. One call computes one text from its first token.
 */
export async function naiveDecode(model: Model, tokens: readonly number[]): Promise<NaiveResult> {
  const { config } = model;
  const { hiddenSize, heads, kvHeads, headDim, layers, normEpsilon } = config;
  const weight = async (name: string) => dequantise(await model.tensor(name));
  const embedding = await weight('model.embed_tokens.weight');
  let states: Float64Array[] = tokens.map((token) =>
    Float64Array.from(embedding.subarray(token * hiddenSize, (token + 1) * hiddenSize)),
  );

  const layerOutputs: Float64Array[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const at = (name: string) => weight(`model.layers.${layer}.${name}.weight`);
    const inputNorm = await at('input_layernorm');
    const [q, k, v, o] = await Promise.all(['q', 'k', 'v', 'o'].map((part) => at(`self_attn.${part}_proj`)));
    const normed = states.map((x) => rmsNorm(x, inputNorm, normEpsilon));
    const queries = normed.map((x, t) => rotate(product(q, x), t, headDim, config.ropeBase));
    const keys = normed.map((x, t) => rotate(product(k, x), t, headDim, config.ropeBase));
    const values = normed.map((x) => product(v, x));
    states = states.map((x, t) => {
      const mixed = new Float64Array(heads * headDim);
      for (let head = 0; head < heads; head++) {
        const kv = Math.floor(head / (heads / kvHeads)) * headDim;
        const scores = keys.slice(0, t + 1).map((key) => {
          let sum = 0;
          for (let i = 0; i < headDim; i++) sum += queries[t][head * headDim + i] * key[kv + i];
          return sum / Math.sqrt(headDim);
        });
        const largest = Math.max(...scores);
        const weights = scores.map((score) => Math.exp(score - largest));
        const total = weights.reduce((a, b) => a + b, 0);
        weights.forEach((w, s) => {
          for (let i = 0; i < headDim; i++) mixed[head * headDim + i] += (w / total) * values[s][kv + i];
        });
      }
      return add(x, product(o, mixed));
    });
    const postNorm = await at('post_attention_layernorm');
    const [gate, up, down] = await Promise.all(['gate', 'up', 'down'].map((part) => at(`mlp.${part}_proj`)));
    states = states.map((x) => {
      const normedX = rmsNorm(x, postNorm, normEpsilon);
      const gates = product(gate, normedX);
      const ups = product(up, normedX);
      return add(
        x,
        product(
          down,
          gates.map((g, i) => (g / (1 + Math.exp(-g))) * ups[i]),
        ),
      );
    });
    layerOutputs.push(states[states.length - 1]);
  }
  const hiddenBeforeNorm = states[states.length - 1];
  const hidden = rmsNorm(hiddenBeforeNorm, await weight('model.norm.weight'), normEpsilon);
  const logits = product(config.tiedHead ? embedding : await weight('lm_head.weight'), hidden);
  return { logits, hidden, hiddenBeforeNorm, layers: layerOutputs };
}

/** `[rows, inputs]` times `[inputs]`. */
function product(matrix: Float32Array, x: Float64Array): Float64Array {
  const y = new Float64Array(matrix.length / x.length);
  for (let row = 0; row < y.length; row++) {
    for (let i = 0; i < x.length; i++) y[row] += matrix[row * x.length + i] * x[i];
  }
  return y;
}

function rmsNorm(x: Float64Array, gain: Float32Array, epsilon: number): Float64Array {
  const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, i) => (value / Math.sqrt(mean + epsilon)) * gain[i]);
}

/** Turns element i of a head with element i + headDim / 2, by an angle that falls with i. */
function rotate(x: Float64Array, position: number, headDim: number, base: number): Float64Array {
  const turned = Float64Array.from(x);
  const half = headDim / 2;
  for (let head = 0; head < x.length; head += headDim) {
    for (let i = 0; i < half; i++) {
      const angle = position / base ** ((2 * i) / headDim);
      const [a, b] = [x[head + i], x[head + i + half]];
      turned[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
      turned[head + i + half] = b * Math.cos(angle) + a * Math.sin(angle);
    }
  }
  return turned;
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]);
}
