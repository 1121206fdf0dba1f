import type { InferenceSession } from 'onnxruntime-node';
import { layersAmong, type DecoderOutputs } from '../models/graph/decoder';
import type { Provider } from '../protocol/engine';
import { decoderGraph, type ConvertedWeights } from './convertedWeights';
import type { KvCache } from './kvCache';
import type { Traffic } from './kvDecoder';
import { byteLength, floats, integers, openSession, type Feeds, type Results } from './session';

/** Softmax takes this for minus infinity; a true infinity would make a fully masked row NaN. */
const MASKED = -1e30;

/** What one forward runs: `n` new tokens after the cached ones. */
export interface ForwardInput {
  /** `[n]` */
  readonly tokens: ArrayLike<number>;
  /** `[n]` positions in the text. */
  readonly positions: ArrayLike<number>;
  /** Whether a new token may look at another new one. */
  readonly visible: (row: number, column: number) => boolean;
  /** Whether a new token may look at a cached row; without it all may look at every one. */
  readonly visiblePast?: (row: number, column: number) => boolean;
  /** New tokens whose successors are wanted. */
  readonly rows: readonly number[];
  /** Pairs of an index into `rows` and a token whose probability is wanted, one after another. */
  readonly probes: readonly number[];
}

export const causal = (row: number, column: number): boolean => column <= row;

/** Whether every new token may look at all that came before it, as in plain text. */
export function isChain({ tokens, visible, visiblePast }: ForwardInput): boolean {
  if (visiblePast !== undefined) return false;
  if (visible === causal) return true;
  for (let row = 0; row < tokens.length; row++) {
    for (let column = 0; column < tokens.length; column++) {
      if (visible(row, column) !== causal(row, column)) return false;
    }
  }
  return true;
}

/** `[1, 1, n, past + n]`: 0 where a new token may look. */
export function attentionBias(
  { tokens, visible, visiblePast }: Pick<ForwardInput, 'tokens' | 'visible' | 'visiblePast'>,
  past: number,
): Feeds[string] {
  const count = tokens.length;
  const columns = past + count;
  const bias = new Float32Array(count * columns);
  for (let row = 0; row < count; row++) {
    for (let column = 0; visiblePast !== undefined && column < past; column++) {
      if (!visiblePast(row, column)) bias[row * columns + column] = MASKED;
    }
    for (let column = 0; column < count; column++) {
      if (!visible(row, column)) bias[row * columns + past + column] = MASKED;
    }
  }
  return floats([1, 1, count, columns], bias);
}

/** One graph of the decoder, ready to run. Its inputs and outputs are named in `models/graph/decoder.ts`. */
export class DecoderSession {
  private sent = 0;
  private fetched = 0;

  private constructor(
    private readonly weights: ConvertedWeights,
    private readonly threads: number,
    private readonly provider: Provider,
    private session: InferenceSession,
    /** What it was opened to put out. */
    private outputs: DecoderOutputs,
  ) {}

  static async open(
    weights: ConvertedWeights,
    outputs: DecoderOutputs,
    threads: number,
    provider: Provider = 'cpu',
  ): Promise<DecoderSession> {
    const session = await openSession(await decoderGraph(weights, outputs), threads, provider);
    return new DecoderSession(weights, threads, provider, session, outputs);
  }

  /** What forwards moved so far, the cached rows each time among it; null on the CPU, where nothing moves. */
  get traffic(): Traffic | null {
    return this.provider === 'cpu' ? null : { toDevice: this.sent, fromDevice: this.fetched };
  }

  /** Runs the forward and returns the outputs named in `wanted`; the new rows of keys and values always come too. */
  async forward(cache: KvCache, input: ForwardInput, wanted: readonly string[]): Promise<Results> {
    await this.provide(layersAmong(wanted));
    const past = cache.length;
    const count = input.tokens.length;
    const feeds: Record<string, Feeds[string]> = {
      input_ids: integers([1, count], input.tokens),
      position_ids: integers([1, count], input.positions),
      attention_bias: attentionBias(input, past),
    };
    // A graph without scores has neither of these inputs.
    if (this.session.inputNames.includes('rows')) feeds['rows'] = integers([input.rows.length], input.rows);
    if (this.session.inputNames.includes('probes')) {
      feeds['probes'] = integers([input.probes.length / 2, 2], input.probes);
    }
    const fetches = [...wanted];
    for (let layer = 0; layer < this.layers; layer++) {
      for (const [part, slab] of [
        ['key', keySlab(layer)],
        ['value', valueSlab(layer)],
      ] as const) {
        feeds[`past.${layer}.${part}`] = floats([1, past, cache.width], cache.view(slab));
        fetches.push(`new.${layer}.${part}`);
      }
    }
    const results = await this.session.run(feeds, fetches);
    this.sent += byteLength(feeds);
    this.fetched += byteLength(results);
    return results;
  }

  /** Appends the given rows' keys and values of a forward's results. */
  append(cache: KvCache, results: Results, rows: readonly number[]): void {
    const fresh = new Map<number, Float32Array>();
    for (let layer = 0; layer < this.layers; layer++) {
      fresh.set(keySlab(layer), results[`new.${layer}.key`].data as Float32Array);
      fresh.set(valueSlab(layer), results[`new.${layer}.value`].data as Float32Array);
    }
    cache.append(fresh, rows);
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }

  private get layers(): number {
    return this.weights.config.layers;
  }

  /** Opens a graph that puts out these layers too, where the one at hand does not: few ever read them. */
  private async provide(layers: readonly number[]): Promise<void> {
    if (layers.every((layer) => this.outputs.layers.includes(layer))) return;
    this.outputs = { ...this.outputs, layers: [...new Set([...this.outputs.layers, ...layers])] };
    const old = this.session;
    this.session = await openSession(
      await decoderGraph(this.weights, this.outputs),
      this.threads,
      this.provider,
    );
    await old.release();
  }
}

const keySlab = (layer: number): number => 2 * layer;
const valueSlab = (layer: number): number => 2 * layer + 1;
