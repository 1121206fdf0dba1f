/**
 * For a token, the continuations that were seen after it, the latest first. Of each token the latest
 * `perToken` different ones are kept, and the `maxTokens` tokens that something was last added for.
 */
export class NgramPool {
  /** In the order of their last addition. */
  private readonly continuations = new Map<number, (readonly number[])[]>();

  constructor(
    private readonly perToken: number,
    private readonly maxTokens: number,
  ) {}

  add(token: number, continuation: readonly number[]): void {
    const others = this.after(token).filter((known) => known.some((next, i) => next !== continuation[i]));
    this.continuations.delete(token);
    this.continuations.set(token, [continuation, ...others].slice(0, this.perToken));
    if (this.continuations.size <= this.maxTokens) return;
    const [oldest] = this.continuations.keys();
    this.continuations.delete(oldest);
  }

  after(token: number): readonly (readonly number[])[] {
    return this.continuations.get(token) ?? [];
  }
}
