import type { Tensor } from 'onnxruntime-node';
import { attentionBias, causal, type ForwardInput } from '../decoderSession';
import { KvCache } from '../kvCache';
import { PREFILL_CHUNK } from '../kvDecoder';
import { floats, integers, type Results } from '../session';
import type { HeadPart, HeadParts } from './headParts';
import type { HeadText } from './headText';

/** Rows that a draft may have behind the text's. */
const DRAFT_ROWS = 4096;

/** Rows that a block runs, after the ones that it keeps. */
export interface BlockRows extends Pick<ForwardInput, 'tokens' | 'positions' | 'visible' | 'visiblePast'> {
  /** `[n, hidden]` */
  readonly states: Float32Array;
}

/** A part with decoder layers: their keys and values of every row that was run are kept. */
export class HeadBlock {
  /** Numbers in a state. */
  readonly width: number;
  private readonly cache: KvCache;
  private readonly layers: number;

  private constructor(
    private readonly part: HeadPart,
    /** The name of the input that has the states. */
    private readonly stateInput: string,
    context: number,
  ) {
    const pasts = part.inputs.filter(({ name }) => /^past\.\d+\.key$/.test(name));
    this.layers = pasts.length;
    this.width = lastDimension(part, stateInput);
    this.cache = new KvCache({
      layers: this.layers,
      kvHeads: 1,
      headDim: lastDimension(part, pasts[0].name),
      context: context + DRAFT_ROWS,
    });
  }

  static async open(
    parts: HeadParts,
    name: string,
    stateInput: string,
    outputs: readonly string[],
  ): Promise<HeadBlock> {
    const inputs = [stateInput, 'position_ids', 'attention_bias', 'past.0.key', 'past.0.value'];
    const shape = { inputs, outputs: [...outputs, 'new.0.key', 'new.0.value'] };
    return new HeadBlock(await parts.open(name, shape), stateInput, parts.context);
  }

  /** Rows of keys and values that are kept. */
  get length(): number {
    return this.cache.length;
  }

  /** Forgets all rows from `length` on. */
  truncate(length: number): void {
    this.cache.truncate(length);
  }

  /** Runs a text's rows that wait, but for the last ones, as long as whole chunks of them do. */
  async read(text: HeadText): Promise<void> {
    while (text.waits > PREFILL_CHUNK) await this.runText(text, []);
  }

  /**
   * Runs all of a text's rows that wait, of which there must be one.
   *
   * @param wanted outputs of the last run
   * @returns those, and how many rows that run had
   */
  async catchUp(
    text: HeadText,
    wanted: readonly string[],
  ): Promise<{ readonly results: Results; readonly rows: number }> {
    while (text.waits > PREFILL_CHUNK) await this.runText(text, []);
    return this.runText(text, wanted);
  }

  private async runText(
    text: HeadText,
    wanted: readonly string[],
  ): Promise<{ readonly results: Results; readonly rows: number }> {
    const { start, states, following } = text.take(PREFILL_CHUNK);
    const positions = following.map((_, i) => start + i);
    const results = await this.run({ states, tokens: following, positions, visible: causal }, wanted, [
      following.length - 1,
    ]);
    return { results, rows: following.length };
  }

  /**
   * Runs rows and keeps their keys and values.
   *
   * @param guessed the rows whose guesses are wanted
   */
  async run(rows: BlockRows, wanted: readonly string[], guessed: readonly number[]): Promise<Results> {
    const { states, tokens, positions } = rows;
    const [count, past] = [tokens.length, this.cache.length];
    const has = (name: string) => this.part.inputs.some((input) => input.name === name);
    const feeds: Record<string, Tensor> = {
      [this.stateInput]: floats([1, count, states.length / count], states),
      position_ids: integers([1, count], positions),
      attention_bias: attentionBias(rows, past),
    };
    if (has('tokens')) feeds['tokens'] = integers([1, count], tokens);
    if (has('rows')) feeds['rows'] = integers([guessed.length], guessed);
    const fetches = [...wanted];
    const slabs: string[] = [];
    for (let layer = 0; layer < this.layers; layer++) slabs.push(`${layer}.key`, `${layer}.value`);
    for (const [slab, name] of slabs.entries()) {
      feeds[`past.${name}`] = floats([1, past, this.cache.width], this.cache.view(slab));
      fetches.push(`new.${name}`);
    }
    const results = await this.part.run(feeds, fetches);
    const fresh = slabs.map((name, slab) => [slab, results[`new.${name}`].data as Float32Array] as const);
    this.cache.append(
      new Map(fresh),
      Array.from({ length: count }, (_, row) => row),
    );
    return results;
  }
}

function lastDimension({ inputs }: HeadPart, name: string): number {
  const input = inputs.find((each) => each.name === name);
  return input?.isTensor === true ? Number(input.shape.at(-1)) : 0;
}
