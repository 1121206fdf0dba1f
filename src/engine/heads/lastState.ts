/** The text as a head without layers knows it: its last token, the root, and the target's state before that. */
export class LastState {
  /** `[hidden]`; null before any position of the text was run. */
  state: Float32Array | null = null;
  root = -1;

  /** @param hidden numbers in a state */
  constructor(private readonly hidden: number) {}

  /** Begins a text. Only the last state is wanted: the returned position's. */
  begin(tokens: readonly number[]): number {
    this.state = null;
    this.root = tokens.at(-1) ?? -1;
    return Math.max(0, tokens.length - 2);
  }

  append(states: Float32Array, emitted: readonly number[]): void {
    this.state = states.slice(-this.hidden);
    this.root = emitted.at(-1) ?? this.root;
  }
}
