import { VERIFY_OUTPUTS } from '../models/graph/decoder';
import { throwIfCancelled } from '../models/cancellation';
import type { Provider } from '../protocol/engine';
import type { TraceHeader } from '../trace/schema';
import type { ConvertedWeights } from './convertedWeights';
import { causal, type ForwardInput } from './decoderSession';
import { faultOf, GuardedDecoder, type ProviderFault } from './guardedDecoder';
import { PREFILL_CHUNK, type Traffic } from './kvDecoder';
import { openDecoder } from './providers';

/** What the trace says of a draft model. */
export type DraftModelFacts = NonNullable<TraceHeader['drafter']['model']>;

/** What the draft model thinks comes after each of `rows` tokens. */
export interface DraftScores {
  readonly rows: number;
  /** Candidates kept per row; some of their ids may be the draft model's own. */
  readonly topK: number;
  /** `[rows * topK]` token ids by falling probability, and their softmax probabilities. */
  readonly topToken: Int32Array;
  readonly topProbability: Float32Array;
  /** `[vocabulary]` raw logits of a row over the shared ids; null where they were not asked for. */
  logits(row: number): Float32Array | null;
}

/** A drafted token to go on from. `parent` is a row of this round's, counted from 0 in their order; -1 is the text. */
export interface DraftNode {
  readonly token: number;
  readonly parent: number;
}

/** What drafts are made with: a draft model, or something before it. */
export interface DraftRunner {
  /** Ids below it are tokens of both models; those above it must not be put into a text. */
  readonly vocabulary: number;
  /** Longest text and rows together, in tokens. */
  readonly context: number;
  /** Bytes moved to and from the device since it was loaded; null on the CPU. */
  readonly traffic: Traffic | null;
  /**
   * Begins a round after a text: runs what is not kept of it yet, from an earlier turn or round, and drops the rows.
   *
   * @returns one row, that of the text's last token
   */
  begin(text: readonly number[], withLogits: boolean, signal?: AbortSignal): Promise<DraftScores>;
  /** One forward over new rows, parents before children. */
  extend(nodes: readonly DraftNode[], withLogits: boolean): Promise<DraftScores>;
}

/**
 * A model that a drafter runs ahead of the target. It keeps one text's keys and values, and behind them the rows
 * that the round at hand has drafted so far, each of which sees the text and its own ancestors.
 */
export interface DraftModel extends DraftRunner {
  readonly facts: DraftModelFacts;
  /** Forgets all but the round's first `rows` rows. */
  rewind(rows: number): void;
}

/** Where a draft model is to run. */
export interface DraftPlace {
  readonly provider: Provider;
  readonly threads: number;
  /** Whether it runs on the CPU where the provider does not load it, or fails later on. */
  readonly fallsBack: boolean;
}

interface DraftedRow extends DraftNode {
  /** 1 for one after the text. */
  readonly depth: number;
}

/** A draft model in a session of its own. */
export class LoadedDraftModel implements DraftModel {
  /** The tokens whose keys and values stand first in the cache, and the drafted rows behind them. */
  private text: number[] = [];
  private drafted: DraftedRow[] = [];

  /** @param decoder with an empty cache; from then on the draft model's */
  constructor(
    readonly facts: DraftModelFacts,
    readonly vocabulary: number,
    private readonly decoder: GuardedDecoder,
  ) {}

  /**
   * @param vocabulary token ids that both models share; see `DraftModel`
   * @param open how decoders are opened; tests have their own
   */
  static async load(
    facts: DraftModelFacts,
    weights: ConvertedWeights,
    vocabulary: number,
    place: DraftPlace,
    open = openDecoder,
  ): Promise<LoadedDraftModel> {
    return new LoadedDraftModel(facts, vocabulary, await openGuarded(weights, place, open));
  }

  /** Why it runs on the CPU though it was to run elsewhere; null where it runs where it was to. */
  get fault(): ProviderFault | null {
    return this.decoder.fault;
  }

  get context(): number {
    return this.decoder.config.context;
  }

  get traffic(): Traffic | null {
    return this.decoder.traffic;
  }

  /** Rows of keys and values in the cache. */
  get kvLength(): number {
    return this.decoder.length;
  }

  async begin(text: readonly number[], withLogits: boolean, signal?: AbortSignal): Promise<DraftScores> {
    const kept = this.keptOf(text);
    this.decoder.truncate(kept);
    this.text = text.slice(0, kept);
    this.drafted = [];
    for (let start = kept; ; start += PREFILL_CHUNK) {
      throwIfCancelled(signal);
      const tokens = text.slice(start, start + PREFILL_CHUNK);
      const positions = tokens.map((_, i) => start + i);
      const last = start + tokens.length === text.length;
      const input = { tokens, positions, visible: causal, rows: [tokens.length - 1], probes: [] };
      const scores = await this.forward(input, last ? withLogits : null);
      this.text.push(...tokens);
      if (last) return scores;
    }
  }

  async extend(nodes: readonly DraftNode[], withLogits: boolean): Promise<DraftScores> {
    const first = this.drafted.length;
    const all = [...this.drafted];
    for (const node of nodes) {
      all.push({ ...node, depth: node.parent < 0 ? 1 : all[node.parent].depth + 1 });
    }
    const lineage = nodes.map((_, i) => ancestors(all, first + i));
    // A chain is asked for as the text is: a provider may compute that alone rightly, and it needs no mask to be sent.
    const isChain = all.every(({ parent }, row) => parent === row - 1);
    const mask: Pick<ForwardInput, 'visible' | 'visiblePast'> = isChain
      ? { visible: causal }
      : {
          visible: (row, column) => lineage[row].has(first + column),
          visiblePast: (row, column) =>
            column < this.text.length || lineage[row].has(column - this.text.length),
        };
    const scores = await this.forward(
      {
        tokens: nodes.map(({ token }) => token),
        positions: nodes.map((_, i) => this.text.length + all[first + i].depth - 1),
        ...mask,
        rows: [...nodes.keys()],
        probes: [],
      },
      withLogits,
    );
    this.drafted = all;
    return scores;
  }

  rewind(rows: number): void {
    this.drafted.length = Math.min(rows, this.drafted.length);
    this.decoder.truncate(this.text.length + this.drafted.length);
  }

  async dispose(): Promise<void> {
    await this.decoder.dispose();
  }

  /**
   * How many of the text's first tokens are kept: the text before, then drafted rows as far as they are one path that
   * the text took. Its last token is always run again, for its scores.
   */
  private keptOf(text: readonly number[]): number {
    const limit = text.length - 1;
    let kept = 0;
    while (kept < Math.min(limit, this.text.length) && this.text[kept] === text[kept]) kept++;
    if (kept < this.text.length) return kept;
    for (const [row, { token, parent }] of this.drafted.entries()) {
      if (kept >= limit || parent !== row - 1 || token !== text[kept]) break;
      kept++;
    }
    return kept;
  }

  /** Runs and keeps all rows. @param withLogits null where no scores are wanted */
  private async forward(input: ForwardInput, withLogits: boolean | null): Promise<DraftScores> {
    const scored = withLogits === null ? [] : ['top.token', 'top.probability'];
    const results = await this.decoder.forward(input, withLogits ? [...scored, 'logits'] : scored);
    await this.decoder.keep(Array.from(input.tokens, (_, row) => row));
    const { vocabulary } = this.decoder.config;
    const logits = withLogits ? (results['logits'].data as Float32Array) : null;
    const none = withLogits === null;
    return {
      rows: none ? 0 : input.rows.length,
      topK: VERIFY_OUTPUTS.topK,
      topToken: none
        ? new Int32Array(0)
        : Int32Array.from(results['top.token'].data as BigInt64Array, Number),
      topProbability: none ? new Float32Array(0) : (results['top.probability'].data as Float32Array),
      logits: (row) => logits?.subarray(row * vocabulary, row * vocabulary + this.vocabulary) ?? null,
    };
  }
}

async function openGuarded(
  weights: ConvertedWeights,
  { provider, threads, fallsBack }: DraftPlace,
  open: typeof openDecoder,
): Promise<GuardedDecoder> {
  const fallback = fallsBack && provider !== 'cpu' ? () => open(weights, 'cpu', threads) : null;
  try {
    return new GuardedDecoder(await open(weights, provider, threads), provider, fallback);
  } catch (error) {
    // Beside the target there may be no room for it on the device.
    if (fallback === null) throw error;
    return new GuardedDecoder(await fallback(), 'cpu', null, faultOf(provider, error));
  }
}

/** A row and its ancestors. */
function ancestors(rows: readonly DraftNode[], row: number): Set<number> {
  const lineage = new Set<number>();
  for (let at = row; at >= 0; at = rows[at].parent) lineage.add(at);
  return lineage;
}
