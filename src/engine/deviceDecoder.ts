import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { sentenceOf, UserError } from '../errors';
import { VERIFY_OUTPUTS } from '../models/graph/decoder';
import { deviceAttention } from '../models/graph/deviceAttention';
import { buildBlankSlab, buildLongerSlab, buildMoveRows } from '../models/graph/deviceCache';
import type { LlamaConfig } from '../models/model';
import type { Provider } from '../protocol/engine';
import { decoderGraph, graphFile, type ConvertedWeights } from './convertedWeights';
import { attentionBias, isChain, type ForwardInput } from './decoderSession';
import type { KvDecoder, Traffic } from './kvDecoder';
import {
  byteLength,
  floats,
  integers,
  openSession,
  smallIntegers,
  type Feeds,
  type Results,
} from './session';

/** Rows to make room for at first. */
const FIRST_CAPACITY = 512;

/** A full buffer grows to this many times its rows, by a copy on the device. */
const GROWTH = 2;

interface Sessions {
  readonly decoder: InferenceSession;
  readonly blank: InferenceSession;
  readonly longer: InferenceSession;
  readonly move: InferenceSession;
}

/**
 * The inputs of which the graph makes the bias `[n, past + n]`. A chain's is zero everywhere: one number says so. Only
 * where not all of the past may be looked at does it go over whole.
 */
function deviceBias(input: ForwardInput, past: number): Feeds {
  if (input.visiblePast !== undefined) {
    return {
      attention_bias: attentionBias(input, past),
      bias_padding: integers([8], new Array<number>(8).fill(0)),
    };
  }
  const count = input.tokens.length;
  const square = isChain(input) ? floats([1, 1, 1, 1], new Float32Array(1)) : attentionBias(input, 0);
  const above = count - square.dims[2];
  return { attention_bias: square, bias_padding: integers([8], [0, 0, above, past + above, 0, 0, 0, 0]) };
}

/**
 * Keys and values that stay on the device: a forward writes all its new rows behind the kept ones, in place, and
 * keeping a path moves its rows together there. What goes between host and device is token ids, masks and the
 * outputs asked for. A device's tensor is never read from here: the runtime ends the process if one tries.
 */
export class DeviceDecoder implements KvDecoder {
  private rows = 0;
  private capacity = 0;
  private slabs: Tensor[] = [];
  /** New rows that the last forward left behind the kept ones. */
  private fresh = 0;
  private sent = 0;
  private fetched = 0;

  private constructor(
    readonly config: LlamaConfig,
    private readonly sessions: Sessions,
    private readonly ownsSessions: boolean,
    private readonly firstCapacity: number,
  ) {}

  /** @param firstCapacity rows to make room for at first; more are made as they are needed */
  static async open(
    weights: ConvertedWeights,
    provider: Provider,
    threads: number,
    firstCapacity = FIRST_CAPACITY,
  ): Promise<DeviceDecoder> {
    const { config, folder } = weights;
    const open = async (name: string, graph: Uint8Array, output?: string) =>
      openSession(await graphFile(folder, name, graph), threads, provider, output);
    const sessions: Sessions = {
      decoder: await openSession(
        await decoderGraph(weights, VERIFY_OUTPUTS, deviceAttention),
        threads,
        provider,
      ),
      blank: await open('blank', buildBlankSlab(config), 'slab'),
      longer: await open('longer', buildLongerSlab(config), 'slab'),
      move: await open('move', buildMoveRows(config, 2 * config.layers)),
    };
    return new DeviceDecoder(config, sessions, true, firstCapacity);
  }

  get length(): number {
    return this.rows;
  }

  get traffic(): Traffic {
    return { toDevice: this.sent, fromDevice: this.fetched };
  }

  async forward(input: ForwardInput, wanted: readonly string[]): Promise<Results> {
    const count = input.tokens.length;
    const total = this.rows + count;
    await this.reserve(total);
    const feeds: Record<string, Tensor> = {
      input_ids: integers([1, count], input.tokens),
      position_ids: integers([1, count], input.positions),
      ...deviceBias(input, this.rows),
      seqlens_k: smallIntegers([1], [total - 1]),
      total_sequence_length: smallIntegers([], [total]),
      rows: integers([input.rows.length], input.rows),
      probes: integers([input.probes.length / 2, 2], input.probes),
    };
    const fetches: Record<string, Tensor | null> = Object.fromEntries(wanted.map((name) => [name, null]));
    this.slabs.forEach((slab, i) => {
      const name = `${i >> 1}.${i % 2 === 0 ? 'key' : 'value'}`;
      feeds[`past.${name}`] = slab;
      fetches[`present.${name}`] = slab;
    });
    const results = await this.run(this.sessions.decoder, feeds, fetches);
    this.fresh = count;
    return results;
  }

  async keep(rows: readonly number[]): Promise<void> {
    if (rows.some((row) => row >= this.fresh)) throw new Error('nothing was run that could be kept');
    this.fresh = 0;
    const start = this.rows;
    // Rows that lie where they belong stay: all of a chain's, and a path's up to its first turn.
    const first = rows.findIndex((row, i) => row !== i);
    if (first < 0) {
      this.rows += rows.length;
      return;
    }
    const moved = rows.slice(first);
    const places = Array.from({ length: this.config.kvHeads }, (_, head) =>
      moved.flatMap((_, i) => [0, head, start + first + i]),
    );
    const feeds: Record<string, Tensor> = {
      from: integers(
        [moved.length],
        moved.map((row) => start + row),
      ),
      to: integers([1, this.config.kvHeads, moved.length, 3], places.flat()),
    };
    const fetches: Record<string, Tensor> = {};
    this.slabs.forEach((slab, i) => {
      feeds[`slab.${i}`] = slab;
      fetches[`moved.${i}`] = slab;
    });
    await this.run(this.sessions.move, feeds, fetches);
    this.rows += rows.length;
  }

  truncate(length: number): void {
    this.rows = Math.min(this.rows, length);
    this.fresh = 0;
  }

  async blank(rows: number): Promise<DeviceDecoder> {
    const other = new DeviceDecoder(this.config, this.sessions, false, this.firstCapacity);
    await other.reserve(rows);
    other.rows = rows;
    return other;
  }

  async dispose(): Promise<void> {
    this.release(this.slabs);
    this.slabs = [];
    if (!this.ownsSessions) return;
    for (const session of Object.values(this.sessions) as InferenceSession[]) await session.release();
  }

  /**
   * Makes room: the first buffers, or longer ones with the rows that are there in front. Where the device has no
   * room for them, all buffers are let go and no row is kept.
   */
  private async reserve(rows: number): Promise<void> {
    if (rows <= this.capacity) return;
    // A draft may reach a little beyond the context's end; text does not.
    const usual = this.capacity === 0 ? this.firstCapacity : this.capacity * GROWTH;
    const wanted = Math.max(rows, Math.min(usual, this.config.context));
    const added = wanted - this.capacity;
    const shape = { shape: integers([4], [1, this.config.kvHeads, added, this.config.headDim]) };
    const loose: Tensor[] = [];
    try {
      for (let i = 0; i < 2 * this.config.layers; i++) {
        const { slab: more } = await this.run(this.sessions.blank, shape, { slab: null });
        loose.push(more);
        const first = this.slabs.at(i);
        if (first === undefined) {
          this.slabs[i] = more;
        } else {
          const { slab } = await this.run(this.sessions.longer, { first, more }, { slab: null });
          this.slabs[i] = slab;
          this.release([first, more]);
        }
        loose.pop();
      }
    } catch (error) {
      this.release([...this.slabs, ...loose]);
      this.slabs = [];
      this.capacity = 0;
      this.rows = 0;
      const said = sentenceOf(error).replace(/\.$/, '');
      const what = `it has no room for ${wanted} rows of keys and values (${said})`;
      throw new UserError('engine', what, '', { cause: error });
    }
    this.capacity = wanted;
  }

  private release(slabs: readonly Tensor[]): void {
    for (const slab of slabs) slab.dispose();
  }

  private async run(
    session: InferenceSession,
    feeds: Feeds,
    fetches: Record<string, Tensor | null>,
  ): Promise<Results> {
    const results = await session.run(feeds, fetches);
    this.sent += byteLength(feeds);
    this.fetched += byteLength(results);
    return results;
  }
}
