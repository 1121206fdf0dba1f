import type { WalkContext } from '../decoding/walk';
import type { FinishReason } from '../trace/schema';
import type { TextStream } from './textStream';

/** Where a sequence has to end. */
export interface SequenceLimits {
  readonly maxTokens: number;
  /** Longest prompt and output together, in tokens. */
  readonly context: number;
  readonly endTokens: readonly number[];
}

/** One prompt and its growing output: what is committed, and whether it is over. */
export class Sequence implements WalkContext {
  readonly tokens: number[];
  readonly promptLength: number;
  private reason: FinishReason | null = null;

  constructor(
    prompt: readonly number[],
    private readonly limits: SequenceLimits,
    private readonly text: TextStream,
  ) {
    this.tokens = [...prompt];
    this.promptLength = prompt.length;
  }

  /** Why the sequence is over, null while it is not. */
  get finished(): FinishReason | null {
    return this.reason;
  }

  /** The last committed token. */
  get root(): number {
    return this.tokens[this.tokens.length - 1];
  }

  get output(): number[] {
    return this.tokens.slice(this.promptLength);
  }

  /** Tokens that may still be emitted. */
  get remaining(): number {
    return Math.min(
      this.limits.maxTokens - (this.tokens.length - this.promptLength),
      this.limits.context - this.tokens.length,
    );
  }

  ends(emitted: readonly number[]): boolean {
    return this.stops(emitted) || emitted.length >= this.remaining;
  }

  /** Adds a round's tokens and returns the text that they release. */
  commit(emitted: readonly number[]): string {
    const stopped = this.stops(emitted);
    this.tokens.push(...emitted);
    const released = this.text.push(emitted);
    if (stopped) this.reason = 'stop';
    else if (this.tokens.length >= this.limits.context) this.reason = 'context';
    else if (this.remaining <= 0) this.reason = 'length';
    return released;
  }

  cancel(): void {
    this.reason ??= 'cancelled';
  }

  private stops(emitted: readonly number[]): boolean {
    return this.limits.endTokens.includes(emitted[emitted.length - 1]) || this.text.wouldStop(emitted);
  }
}
