import { VERIFY_OUTPUTS } from '../models/graph/decoder';
import type { LlamaConfig } from '../models/model';
import type { Provider } from '../protocol/engine';
import type { ConvertedWeights } from './convertedWeights';
import { DecoderSession, type ForwardInput } from './decoderSession';
import { KvCache } from './kvCache';
import type { KvDecoder, Traffic } from './kvDecoder';
import type { Results } from './session';

/** Keys and values as rows in the host's memory: every provider can do it, and the CPU wants nothing else. */
export class HostDecoder implements KvDecoder {
  private pending: Results | null = null;

  private constructor(
    readonly config: LlamaConfig,
    private readonly session: DecoderSession,
    private readonly cache: KvCache,
    private readonly ownsSession: boolean,
  ) {}

  static async open(weights: ConvertedWeights, provider: Provider, threads: number): Promise<HostDecoder> {
    const session = await DecoderSession.open(weights, VERIFY_OUTPUTS, threads, provider);
    return new HostDecoder(weights.config, session, new KvCache(weights.config), true);
  }

  get length(): number {
    return this.cache.length;
  }

  get traffic(): Traffic | null {
    return this.session.traffic;
  }

  async forward(input: ForwardInput, wanted: readonly string[]): Promise<Results> {
    this.pending = await this.session.forward(this.cache, input, wanted);
    return this.pending;
  }

  keep(rows: readonly number[]): Promise<void> {
    if (this.pending === null) throw new Error('nothing was run that could be kept');
    this.session.append(this.cache, this.pending, rows);
    this.pending = null;
    return Promise.resolve();
  }

  truncate(length: number): void {
    this.cache.truncate(length);
  }

  blank(rows: number): Promise<HostDecoder> {
    const cache = new KvCache(this.config);
    const zeros = new Float32Array(cache.width);
    const slabs = new Map(Array.from({ length: cache.slabs }, (_, slab) => [slab, zeros]));
    cache.append(slabs, new Array<number>(rows).fill(0));
    return Promise.resolve(new HostDecoder(this.config, this.session, cache, false));
  }

  async dispose(): Promise<void> {
    if (this.ownsSession) await this.session.dispose();
  }
}
