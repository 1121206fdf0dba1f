/** What a drafter may propose in one round, and why. */
export interface Budget {
  /** Most nodes in the tree; 0 is plain decoding. */
  readonly nodes: number;
  /** Most tokens on one path. */
  readonly depth: number;
  /** Which policy chose it. */
  readonly policy: string;
  /** One clause for the view, for example `8 nodes asked for in the settings`. */
  readonly reason: string;
}
