/** States of a text's positions, with the tokens that follow each. */
export interface TextRows {
  /** Position of the first one. */
  readonly start: number;
  /** `[n, hidden]` */
  readonly states: Float32Array;
  /** `[n]` */
  readonly following: readonly number[];
}

/**
 * The text as a head with layers of its own knows it: its tokens, and the target's states of all but the last one, the
 * root. States wait here until the layers take them.
 */
export class HeadText {
  private tokens: number[] = [];
  private waiting: Float32Array[] = [];
  private taken = 0;

  /** @param hidden numbers in a state */
  constructor(private readonly hidden: number) {}

  /** The last token, whose state is not there yet. */
  get root(): number {
    return this.tokens[this.tokens.length - 1];
  }

  get waits(): number {
    return this.waiting.length;
  }

  /** Positions whose states were taken. */
  get rows(): number {
    return this.taken;
  }

  /**
   * Begins a text.
   *
   * @param rows how many rows of the text before the layers keep
   * @returns of its first positions, how many of those are rows of this one too
   */
  begin(tokens: readonly number[], rows: number): number {
    let common = 0;
    const shorter = Math.min(tokens.length, this.tokens.length);
    while (common < shorter && this.tokens[common] === tokens[common]) common++;
    // A row knows the token after its own, and the last one is run again, for its guesses.
    this.taken = Math.max(0, Math.min(this.taken, rows, common - 1, tokens.length - 2));
    this.tokens = [...tokens];
    this.waiting = [];
    return this.taken;
  }

  append(states: Float32Array, emitted: readonly number[]): void {
    for (let at = 0; at < states.length; at += this.hidden) {
      this.waiting.push(states.subarray(at, at + this.hidden));
    }
    this.tokens.push(...emitted);
  }

  /** Takes the first `most` of the rows that wait, or all. */
  take(most: number): TextRows {
    const chunk = this.waiting.splice(0, most);
    const start = this.taken;
    this.taken += chunk.length;
    const states = new Float32Array(chunk.length * this.hidden);
    chunk.forEach((state, i) => states.set(state, i * this.hidden));
    return { start, states, following: this.tokens.slice(start + 1, start + 1 + chunk.length) };
  }
}
