import assert from 'node:assert/strict';
import { causal, type ForwardInput } from '../../../src/engine/decoderSession';
import { GuardedDecoder } from '../../../src/engine/guardedDecoder';
import type { KvDecoder } from '../../../src/engine/kvDecoder';
import type { Results } from '../../../src/engine/session';
import type { LlamaConfig } from '../../../src/models/model';
import { TINY } from '../../support/tinyModel';
import { userError } from '../../support/userError';

/** A decoder whose keys and values are the tokens themselves, and whose device breaks when told. */
class TokenDecoder implements KvDecoder {
  readonly config: LlamaConfig = TINY;
  readonly traffic = null;
  readonly rows: number[] = [];
  fault: Error | null = null;
  brokenAt: 'forward' | 'keep' | 'blank' = 'forward';
  probability = 0.5;
  disposed = false;
  private fresh: number[] = [];

  get length(): number {
    return this.rows.length;
  }

  /** What a row leads to: everything it sees. */
  forward({ tokens, positions, visible }: ForwardInput): Promise<Results> {
    if (this.fault !== null && this.brokenAt === 'forward') return Promise.reject(this.fault);
    this.fresh = Array.from(tokens);
    const seen = this.fresh.map((_, row) => [
      ...this.rows,
      ...this.fresh.filter((_, column) => visible(row, column)),
      positions[row],
    ]);
    return Promise.resolve({
      seen,
      'top.probability': { data: Float32Array.of(this.probability) },
    } as unknown as Results);
  }

  keep(rows: readonly number[]): Promise<void> {
    if (this.fault !== null && this.brokenAt === 'keep') return Promise.reject(this.fault);
    this.rows.push(...rows.map((row) => this.fresh[row]));
    return Promise.resolve();
  }

  truncate(length: number): void {
    this.rows.length = Math.min(this.rows.length, length);
  }

  blank(): Promise<KvDecoder> {
    return this.fault === null ? Promise.resolve(new TokenDecoder()) : Promise.reject(this.fault);
  }

  dispose(): Promise<void> {
    this.disposed = true;
    return this.fault === null ? Promise.resolve() : Promise.reject(this.fault);
  }
}

const WANTED = ['top.probability'];

describe('a guarded decoder', () => {
  let device: TokenDecoder;
  let host: TokenDecoder;
  beforeEach(() => {
    device = new TokenDecoder();
    host = new TokenDecoder();
  });

  /** Two siblings after a root token, or plain text. */
  const tree = (decoder: KvDecoder, tokens: readonly number[], isTree: boolean): ForwardInput => ({
    tokens,
    positions: tokens.map((_, i) => decoder.length + (isTree ? Math.min(i, 1) : i)),
    visible: isTree ? (row, column) => column === 0 || column === row : causal,
    rows: [...tokens.keys()],
    probes: [],
  });

  /** Prefill, a tree of which the second branch is kept, one token; the device breaks before or within a step. */
  async function play(decoder: KvDecoder, breakAt = -1): Promise<unknown[]> {
    const seen: unknown[] = [];
    const steps = [
      { tokens: [1, 2, 3], keep: [0, 1, 2], isTree: false },
      { tokens: [4, 5, 6], keep: [0, 2], isTree: true },
      { tokens: [7], keep: [0], isTree: false },
    ];
    for (const [step, { tokens, keep, isTree }] of steps.entries()) {
      if (step === breakAt) device.fault = new Error('Device lost.\nand much more');
      seen.push((await decoder.forward(tree(decoder, tokens, isTree), WANTED))['seen']);
      await decoder.keep(keep);
      seen.push(decoder.length);
    }
    return seen;
  }

  for (const brokenAt of ['forward', 'keep'] as const) {
    for (const step of [0, 1, 2]) {
      it(`goes on elsewhere as if nothing had been, when ${brokenAt} fails in step ${step}`, async () => {
        const expected = await play(new TokenDecoder());
        device.brokenAt = brokenAt;
        const guarded = new GuardedDecoder(device, 'webgpu', () => Promise.resolve(host));
        assert.deepEqual(await play(guarded, step), expected);
        assert.deepEqual(host.rows, [1, 2, 3, 4, 6, 7]);
        assert.deepEqual(guarded.fault, { provider: 'webgpu', reason: 'Device lost' });
        assert.ok(device.disposed);
      });
    }
  }

  it('makes again only what was kept after a truncation', async () => {
    const guarded = new GuardedDecoder(device, 'webgpu', () => Promise.resolve(host));
    await play(guarded);
    guarded.truncate(2);
    device.fault = new Error('gone');
    await guarded.forward(tree(guarded, [9], false), WANTED);
    assert.deepEqual(host.rows, [1, 2]);
  });

  for (const probability of [NaN, 1.5, -0.1, Infinity]) {
    it(`takes ${probability} for a fault`, async () => {
      device.probability = probability;
      const guarded = new GuardedDecoder(device, 'webgpu', () => Promise.resolve(host));
      await play(guarded);
      assert.match(guarded.fault?.reason ?? '', /^it computed .* for a probability$/);
      const alone = new GuardedDecoder(device, 'webgpu', null);
      await assert.rejects(play(alone), userError('engine', /^WebGPU failed .* it computed/));
    });
  }

  it('says what failed where there is nothing to fall back to, and keeps the rows', async () => {
    const guarded = new GuardedDecoder(device, 'cuda', null);
    await assert.rejects(
      play(guarded, 1),
      userError(
        'engine',
        'CUDA failed after 3 tokens of text: Device lost. The rounds so far are kept. Choose the provider auto or cpu (setting draftscope.provider).',
      ),
    );
    assert.equal(guarded.length, 3);
    assert.equal(guarded.fault, null);
  });

  it('names the settings when memory runs out, on the CPU too', async () => {
    for (const text of [
      'std::bad_alloc',
      'Array buffer allocation failed',
      'Failed to allocate memory for x',
    ]) {
      device.fault = new Error(text);
      await assert.rejects(
        play(new GuardedDecoder(device, 'cpu', null)),
        userError(
          'engine',
          'Memory ran out on CPU after 0 tokens of text. Choose a smaller model or int8 weights (setting draftscope.weights), or shorten the text.',
        ),
      );
      await assert.rejects(
        new GuardedDecoder(device, 'webgpu', null).blank(512),
        userError(
          'engine',
          'Memory ran out on WebGPU after 512 tokens of text. Choose the provider auto or cpu (setting draftscope.provider), or shorten the text.',
        ),
      );
    }
  });

  it('says so when the fallback fails too, and does not try again', async () => {
    host.fault = new RangeError('Array buffer allocation failed');
    const guarded = new GuardedDecoder(device, 'webgpu', () => Promise.resolve(host));
    await assert.rejects(play(guarded, 0), userError('engine', /^Memory ran out on CPU after 0 tokens/));
  });

  it('leaves a defect of ours on the CPU what it is', async () => {
    const defect = new TypeError('x is not a function');
    device.fault = defect;
    await assert.rejects(play(new GuardedDecoder(device, 'cpu', null)), defect);
  });
});
