import { sentenceOf, tellsOutOfMemory, UserError } from '../errors';
import { t } from '../l10n';
import type { LlamaConfig } from '../models/model';
import type { Provider } from '../protocol/engine';
import { causal, type ForwardInput } from './decoderSession';
import { PREFILL_CHUNK, type KvDecoder, type Traffic } from './kvDecoder';
import { PROVIDERS } from './providers';
import type { Results } from './session';

/** A provider that stopped doing its work while a model ran, and why. */
export interface ProviderFault {
  readonly provider: Provider;
  readonly reason: string;
}

/** What a provider fails with, as a clause. */
export function faultOf(provider: Provider, error: unknown): ProviderFault {
  return { provider, reason: sentenceOf(error).replace(/\.$/, '') };
}

/** A row whose keys and values are kept: what it takes to make them again. */
interface KeptRow {
  readonly token: number;
  readonly position: number;
  /** Kept rows before it that it does not see; none in a text, the other branches in a tree. */
  readonly hidden: readonly number[];
}

/** Rounding may carry a probability so far over 1. */
const SLACK = 1e-3;

/**
 * A decoder that is watched: what its provider fails at in the middle of a text, and numbers that are none, become
 * a sentence. With a `fallback`, the kept rows are made again there instead, of a text or a tree, the forward is
 * repeated and all goes on: the same tokens come, `fault` tells why they come from elsewhere.
 */
export class GuardedDecoder implements KvDecoder {
  private readonly kept: KeptRow[] = [];
  /** The last forward, until its rows are kept. */
  private last: ForwardInput | null = null;

  /** @param failed what it is there in place of, where that failed before it had any rows */
  constructor(
    private inner: KvDecoder,
    private provider: Provider,
    private readonly fallback: (() => Promise<KvDecoder>) | null,
    private failed: ProviderFault | null = null,
  ) {}

  /** What became of the provider that was chosen; null while it works. */
  get fault(): ProviderFault | null {
    return this.failed;
  }

  get config(): LlamaConfig {
    return this.inner.config;
  }

  get length(): number {
    return this.inner.length;
  }

  get traffic(): Traffic | null {
    return this.inner.traffic;
  }

  async forward(input: ForwardInput, wanted: readonly string[]): Promise<Results> {
    const run = async (): Promise<Results> => {
      const results = await this.inner.forward(input, wanted);
      if (wanted.includes('top.probability')) {
        checkLaw(results['top.probability'].data as Float32Array);
      }
      return results;
    };
    const results = await run().catch((error: unknown) => this.fallBack(error, run));
    this.last = input;
    return results;
  }

  async keep(rows: readonly number[]): Promise<void> {
    if (this.last === null) throw new Error('nothing was run that could be kept');
    const { tokens, positions } = this.last;
    const hidden = this.hiddenFrom(this.last, rows);
    const added = rows.map((row, i) => ({
      token: tokens[row],
      position: positions[row],
      hidden: hidden[i],
    }));
    await this.inner
      .keep(rows)
      .catch((error: unknown) => this.fallBack(error, () => append(this.inner, added)));
    this.kept.push(...added);
    this.last = null;
  }

  truncate(length: number): void {
    this.inner.truncate(length);
    this.kept.length = Math.min(this.kept.length, length);
    this.last = null;
  }

  async blank(rows: number): Promise<KvDecoder> {
    try {
      return new GuardedDecoder(await this.inner.blank(rows), this.provider, null);
    } catch (error) {
      throw userFault(error, this.provider, rows);
    }
  }

  async dispose(): Promise<void> {
    await this.inner.dispose();
  }

  /** Of each of these new rows, the kept ones before it that it does not see, among them those kept with it. */
  private hiddenFrom({ visible, visiblePast }: ForwardInput, rows: readonly number[]): number[][] {
    const past = this.kept.length;
    return rows.map((row, i) => {
      const hidden: number[] = [];
      // Nobody asks where there is nothing to fall back to.
      if (this.fallback === null) return hidden;
      for (let column = 0; visiblePast !== undefined && column < past; column++) {
        if (!visiblePast(row, column)) hidden.push(column);
      }
      for (let before = 0; visible !== causal && before < i; before++) {
        if (!visible(row, rows[before])) hidden.push(past + before);
      }
      return hidden;
    });
  }

  /** Makes the kept rows again elsewhere and does `work` there, or throws what the user is to know. */
  private async fallBack<T>(error: unknown, work: () => Promise<T>): Promise<T> {
    if (this.fallback === null || this.failed !== null)
      throw userFault(error, this.provider, this.kept.length);
    this.failed = faultOf(this.provider, error);
    // What is broken may not even let go; it is not needed for going on.
    await this.inner.dispose().catch(() => undefined);
    this.inner = await this.fallback();
    this.provider = 'cpu';
    try {
      await append(this.inner, this.kept);
      return await work();
    } catch (next) {
      throw userFault(next, this.provider, this.kept.length);
    }
  }
}

/** Runs rows as they were run, behind those before them, and keeps them all. */
async function append(decoder: KvDecoder, kept: readonly KeptRow[]): Promise<void> {
  for (let at = 0; at < kept.length; at += PREFILL_CHUNK) {
    const chunk = kept.slice(at, at + PREFILL_CHUNK);
    const first = decoder.length;
    const sees = (row: number, column: number): boolean => !chunk[row].hidden.includes(column);
    const isText = chunk.every(({ hidden }) => hidden.length === 0);
    const input = {
      tokens: chunk.map(({ token }) => token),
      positions: chunk.map(({ position }) => position),
      visible: isText
        ? causal
        : (row: number, column: number) => causal(row, column) && sees(row, first + column),
      ...(isText ? {} : { visiblePast: sees }),
      rows: [0],
      probes: [],
    };
    await decoder.forward(input, []);
    await decoder.keep([...chunk.keys()]);
  }
}

/** A NaN anywhere in a forward ends here, and so does most of what a broken kernel writes. */
function checkLaw(probabilities: Float32Array): void {
  const wrong = probabilities.find((p) => !(p >= 0 && p <= 1 + SLACK));
  if (wrong !== undefined) throw new UserError('engine', `it computed ${wrong} for a probability`);
}

/** Why a forward failed, for the user. What is no fault of memory's or a provider's is a defect, and stays one. */
function userFault(error: unknown, provider: Provider, rows: number): unknown {
  const { name } = PROVIDERS[provider];
  const text = sentenceOf(error).replace(/\.$/, '');
  if (tellsOutOfMemory(text)) {
    const hint =
      provider === 'cpu'
        ? t('Choose a smaller model or int8 weights (setting draftscope.weights), or shorten the text.')
        : t('Choose the provider auto or cpu (setting draftscope.provider), or shorten the text.');
    return new UserError('engine', t('Memory ran out on {0} after {1} tokens of text.', name, rows), hint, {
      cause: error,
    });
  }
  if (provider === 'cpu' && !(error instanceof UserError)) return error;
  return new UserError(
    'engine',
    t('{0} failed after {1} tokens of text: {2}.', name, rows, text),
    t('The rounds so far are kept. Choose the provider auto or cpu (setting draftscope.provider).'),
    { cause: error },
  );
}
