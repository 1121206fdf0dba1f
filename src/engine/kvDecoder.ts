import type { LlamaConfig } from '../models/model';
import type { ForwardInput } from './decoderSession';
import type { Results } from './session';

/** Bytes that went between the host's memory and the device's. */
export interface Traffic {
  readonly toDevice: number;
  readonly fromDevice: number;
}

/** What moved between two readings of some decoders, together; null where none of them counts. */
export function trafficSince(
  before: readonly (Traffic | null)[],
  after: readonly (Traffic | null)[],
): Traffic | null {
  const counted = before.flatMap((start, i) => {
    const end = after[i];
    // One that went to the CPU in between does not count any more.
    return start === null || end === null ? [] : [{ start, end }];
  });
  if (counted.length === 0) return null;
  const sum = (part: keyof Traffic): number =>
    counted.reduce((bytes, { start, end }) => bytes + end[part] - start[part], 0);
  return { toDevice: sum('toDevice'), fromDevice: sum('fromDevice') };
}

/** Text tokens in one forward: a token costs no less in longer ones, and activations take memory by length. */
export const PREFILL_CHUNK = 128;

/**
 * A decoder with the keys and values of one sequence: the one thing that differs by provider. The target runs
 * it and knows nothing of where the rows live.
 */
export interface KvDecoder {
  readonly config: LlamaConfig;
  /** Rows of keys and values that are kept. */
  readonly length: number;
  /** Everything that forwards and moves sent and fetched so far; null where the device is the host itself. */
  readonly traffic: Traffic | null;
  /** Runs new tokens after the kept ones and returns the outputs named in `wanted`. */
  forward(input: ForwardInput, wanted: readonly string[]): Promise<Results>;
  /** Keeps the keys and values of these new tokens of the last forward, in this order; the others are dropped. */
  keep(rows: readonly number[]): Promise<void>;
  /** Forgets all rows from `length` on. */
  truncate(length: number): void;
  /** Another sequence over the same graph, of `rows` rows that hold zeros, for measuring. It owns no session. */
  blank(rows: number): Promise<KvDecoder>;
  dispose(): Promise<void>;
}
