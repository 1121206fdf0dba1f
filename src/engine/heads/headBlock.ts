import type { Tensor } from 'onnxruntime-node';
import { attentionBias, causal, type ForwardInput } from '../decoderSession';
import { KvCache } from '../kvCache';
import { PREFILL_CHUNK } from '../kvDecoder';
import { floats, integers, type Results } from '../session';
import type { HeadPart, HeadParts, PartShape } from './headParts';
import type { HeadText } from './headText';

/** Rows that a draft may have behind the text's. */
const DRAFT_ROWS = 4096;

/** Rows that a block runs, after the ones that it keeps. */
export interface BlockRows extends Pick<ForwardInput, 'tokens' | 'positions' | 'visible' | 'visiblePast'> {
  /** `[n, hidden]` */
  readonly states: Float32Array;
}

/** What a part with decoder layers must have beside its states and `outputs`. */
export function blockShape(stateInput: string, outputs: readonly string[]): PartShape {
  return {
    inputs: [stateInput, 'position_ids', 'attention_bias', 'past.0.key', 'past.0.value'],
    outputs: [...outputs, 'new.0.key', 'new.0.value'],
  };
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
    const part = await parts.open(name, blockShape(stateInput, outputs));
    return new HeadBlock(part, stateInput, parts.context);
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
   * @param part runs last, in place of the block's own part, and does the same and more
   * @returns those, and how many rows that run had
   */
  async catchUp(
    text: HeadText,
    wanted: readonly string[],
    part = this.part,
  ): Promise<{ readonly results: Results; readonly rows: number }> {
    while (text.waits > PREFILL_CHUNK) await this.runText(text, []);
    return this.runText(text, wanted, part);
  }

  private async runText(
    text: HeadText,
    wanted: readonly string[],
    part = this.part,
  ): Promise<{ readonly results: Results; readonly rows: number }> {
    const { start, states, following } = text.take(PREFILL_CHUNK);
    const positions = following.map((_, i) => start + i);
    const input = { states, tokens: following, positions, visible: causal };
    const results = await this.run(input, wanted, [following.length - 1], part);
    return { results, rows: following.length };
  }

  /**
   * Runs rows and keeps their keys and values.
   *
   * @param guessed the rows whose guesses are wanted
   */
  async run(
    rows: BlockRows,
    wanted: readonly string[],
    guessed: readonly number[],
    part = this.part,
  ): Promise<Results> {
    const { states, tokens, positions } = rows;
    const [count, past] = [tokens.length, this.cache.length];
    const has = (name: string) => part.inputs.some((input) => input.name === name);
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
    const results = await part.run(feeds, fetches);
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
