import type { Tokenizer } from '../models/model';
import { Utf8Stream } from '../models/utf8Stream';

/**
 * The output as text, released in whole characters only. Text that may be the beginning of a stop string is
 * held back until it is not; a stop string and what follows it are never released.
 */
export class TextStream {
  private readonly utf8 = new Utf8Stream();
  private readonly stopBytes: readonly Buffer[];
  /** The last bytes of the output: as many as a stop string could begin in. */
  private tail: Buffer = Buffer.alloc(0);
  private held = '';
  private stopped = false;

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly stops: readonly string[],
  ) {
    this.stopBytes = stops.map((stop) => Buffer.from(stop));
  }

  /** Whether the output would hold a stop string after these further tokens. */
  wouldStop(tokens: readonly number[]): boolean {
    if (this.stopBytes.length === 0) return false;
    const bytes = Buffer.concat([this.tail, ...tokens.map((token) => this.tokenizer.bytesOf(token))]);
    return this.stopBytes.some((stop) => bytes.includes(stop));
  }

  /** Adds tokens and returns the text that they release. */
  push(tokens: readonly number[]): string {
    const bytes = Buffer.concat(tokens.map((token) => this.tokenizer.bytesOf(token)));
    this.remember(bytes);
    return this.release(this.utf8.push(bytes));
  }

  /** Returns what was held back: the output is over. */
  finish(): string {
    const rest = this.release(this.utf8.flush());
    const held = this.stopped ? '' : this.held;
    this.held = '';
    return rest + held;
  }

  private release(text: string): string {
    if (this.stopped) return '';
    const all = this.held + text;
    const found = this.stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.stopped = true;
      this.held = '';
      return all.slice(0, Math.min(...found));
    }
    const keep = Math.max(0, ...this.stops.map((stop) => overlap(all, stop)));
    this.held = all.slice(all.length - keep);
    return all.slice(0, all.length - keep);
  }

  private remember(bytes: Buffer): void {
    const keep = Math.max(0, ...this.stopBytes.map((stop) => stop.length - 1));
    const all = Buffer.concat([this.tail, bytes]);
    this.tail = all.subarray(Math.max(0, all.length - keep));
  }
}

/** Length of the longest end of `text` that `stop` begins with, `stop` itself excluded. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
