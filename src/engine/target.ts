import { ancestorMask, rowPositions, rowTokens, type DraftTree } from '../decoding/draftTree';
import type { Scored } from '../decoding/scored';
import type { Walk } from '../decoding/walk';
import { throwIfCancelled } from '../models/cancellation';
import { VERIFY_OUTPUTS, type StateOutput } from '../models/graph/decoder';
import type { LlamaConfig, OnProgress } from '../models/model';
import type { Provider } from '../protocol/engine';
import type { ConvertedWeights } from './convertedWeights';
import { causal } from './decoderSession';
import type { Drafter } from './drafter';
import { GuardedDecoder, type ProviderFault } from './guardedDecoder';
import { PREFILL_CHUNK, type Traffic } from './kvDecoder';
import { measuredCost, type MeasuredCost } from './measureCost';
import { openDecoder } from './providers';
import type { Results } from './session';

/** Candidates that a forward gives for each row. */
const TOP_K = VERIFY_OUTPUTS.topK;

/** The model whose output is kept: scores drafts and remembers the keys and values of what was committed. */
export class Target {
  /** The tokens whose keys and values are kept, in order. */
  private readonly cached: number[] = [];
  private pending: Int32Array | null = null;

  private constructor(
    readonly weights: ConvertedWeights,
    private readonly chosen: Provider,
    readonly capabilities: { readonly trees: boolean },
    readonly threads: number,
    private readonly decoder: GuardedDecoder,
  ) {}

  /**
   * @param fallsBack whether it goes on on the CPU when the provider fails in the middle of a text
   * @param open how decoders are opened; tests have their own
   */
  static async load(
    weights: ConvertedWeights,
    threads: number,
    provider: Provider = 'cpu',
    { trees = true, fallsBack = false, open = openDecoder } = {},
  ): Promise<Target> {
    const inner = await open(weights, provider, threads);
    const fallback = fallsBack && provider !== 'cpu' ? () => open(weights, 'cpu', threads) : null;
    const decoder = new GuardedDecoder(inner, provider, fallback);
    return new Target(weights, provider, { trees }, threads, decoder);
  }

  /** Where it runs now. */
  get provider(): Provider {
    return this.fault === null ? this.chosen : 'cpu';
  }

  /** Why it does not run any more where it was loaded; null while it does. */
  get fault(): ProviderFault | null {
    return this.decoder.fault;
  }

  get config(): LlamaConfig {
    return this.weights.config;
  }

  /** v(T) where it runs now, as it was measured now or before. */
  measuredCost(onProgress: OnProgress, signal?: AbortSignal): Promise<MeasuredCost> {
    return measuredCost(this.weights, this.decoder, this, onProgress, signal);
  }

  /** Rows of keys and values in the cache. */
  get kvLength(): number {
    return this.decoder.length;
  }

  /** Bytes moved to and from the device since it was loaded; null on the CPU. */
  get traffic(): Traffic | null {
    return this.decoder.traffic;
  }

  /**
   * Starts a sequence: keys and values that an earlier one left for the same leading tokens are kept, the rest
   * of `tokens` is run. The last token is left out: it is the root token of the first round.
   *
   * @param readers who reads the states of the tokens, for whom what it does not keep of an earlier text is run again;
   *   and who reads the candidates after them
   * @returns how many tokens were already there
   */
  async prefill(
    tokens: readonly number[],
    onChunk: (done: number) => void,
    signal?: AbortSignal,
    { states, candidates }: Pick<Drafter, 'states' | 'candidates'> = {},
  ): Promise<number> {
    const last = tokens.length - 1;
    let reused = 0;
    const read = states?.begin(tokens) ?? last;
    const kept = Math.min(last, this.cached.length, this.decoder.length, read);
    while (reused < kept && this.cached[reused] === tokens[reused]) reused++;
    this.decoder.truncate(reused);
    this.cached.length = reused;
    const wanted = candidates?.wanted(tokens) ?? [];
    for (let start = reused; start < last; start += PREFILL_CHUNK) {
      throwIfCancelled(signal);
      onChunk(start);
      const chunk = tokens.slice(start, Math.min(start + PREFILL_CHUNK, last));
      const positions = chunk.map((_, i) => start + i);
      const asked = wanted.map((place) => place - start).filter((row) => row >= 0 && row < chunk.length);
      // A graph that scores rows is to be given one at least.
      const rows = asked.length > 0 ? asked : [0];
      const input = { tokens: chunk, positions, visible: causal, rows, probes: [] };
      const outputs = [...(states?.reads ?? []), ...(asked.length > 0 ? ['top.token'] : [])];
      const results = await this.decoder.forward(input, outputs);
      await this.keep(chunk, [...chunk.keys()]);
      await states?.read(start, statesOf(results, states.reads, chunk.length));
      if (asked.length === 0) continue;
      const top = topTokens(results);
      asked.forEach((row, i) => candidates?.read(chunk[row], top.subarray(i * TOP_K, (i + 1) * TOP_K)));
    }
    return reused;
  }

  /**
   * One forward over the root token and the draft's nodes.
   *
   * @param root the last committed token, whose keys and values are not cached yet
   * @param withLogits whether the sampler will read raw logits: a copy of (nodes + 1) * vocabulary floats
   * @param reads which of the rows' states the drafter will read, if any
   */
  async verify(
    root: number,
    draft: DraftTree,
    withLogits: boolean,
    reads?: readonly StateOutput[],
  ): Promise<Scored> {
    const tokens = rowTokens(draft, root);
    const rows = tokens.length;
    const mask = ancestorMask(draft);
    const input = {
      tokens,
      positions: rowPositions(draft, this.kvLength),
      visible: (row: number, column: number) => mask[row * rows + column] === 1,
      rows: [...tokens.keys()],
      probes: Array.from(draft.token, (token, i) => [draft.parent[i] + 1, token]).flat(),
    };
    const wanted = ['top.token', 'top.probability', 'probe.probability'];
    if (withLogits) wanted.push('logits');
    if (reads !== undefined) wanted.push(...reads);
    const results = await this.decoder.forward(input, wanted);
    this.pending = tokens;
    const logits = withLogits ? (results['logits'].data as Float32Array) : null;
    const { vocabulary } = this.config;
    return {
      rows,
      topK: TOP_K,
      topToken: topTokens(results),
      topProbability: results['top.probability'].data as Float32Array,
      nodeProbability: results['probe.probability'].data as Float32Array,
      logits: (row) => logits?.subarray(row * vocabulary, (row + 1) * vocabulary) ?? null,
      ...(reads === undefined ? {} : { states: statesOf(results, reads, rows) }),
    };
  }

  /** Keeps the keys and values of the root token and of the accepted path; the other rows are dropped. */
  async commit(walk: Pick<Walk, 'acceptedPath'>): Promise<void> {
    if (this.pending === null) throw new Error('commit without verify');
    const tokens = this.pending;
    this.pending = null;
    await this.keep(tokens, [0, ...walk.acceptedPath.map((node) => node + 1)]);
  }

  async dispose(): Promise<void> {
    await this.decoder.dispose();
  }

  private async keep(tokens: ArrayLike<number>, rows: readonly number[]): Promise<void> {
    await this.decoder.keep(rows);
    for (const row of rows) this.cached.push(tokens[row]);
  }
}

/** `[rows * TOP_K]` token ids by falling probability. */
function topTokens(results: Results): Int32Array {
  return Int32Array.from(results['top.token'].data as BigInt64Array, Number);
}

/** `[rows, width]` the named outputs, those of a row side by side. */
function statesOf(results: Results, names: readonly StateOutput[], rows: number): Float32Array {
  const parts = names.map((name) => results[name].data as Float32Array);
  if (parts.length === 1) return parts[0];
  const hidden = (parts.at(0)?.length ?? 0) / rows;
  const states = new Float32Array(rows * parts.length * hidden);
  for (let row = 0; row < rows; row++) {
    for (const [i, part] of parts.entries()) {
      states.set(part.subarray(row * hidden, (row + 1) * hidden), (row * parts.length + i) * hidden);
    }
  }
  return states;
}
