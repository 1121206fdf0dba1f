/**
 * The target's answer to one verify forward over the root token and `n` nodes: `rows = n + 1`.
 * Row 0 predicts the successor of the root token, row `i + 1` the successor of node `i`.
 */
export interface Scored {
  readonly rows: number;
  /** Candidates kept per row in `topToken` and `topProbability`. */
  readonly topK: number;
  /** `[rows * topK]` token ids by falling probability. */
  readonly topToken: Int32Array;
  /** `[rows * topK]` softmax of the raw logits. */
  readonly topProbability: Float32Array;
  /** `[n]` softmax of the raw logits: the target's probability of each node's token after its parent. */
  readonly nodeProbability: Float32Array;
  /** `[vocabulary]` raw logits of a row; only where the sampler asked for them, else null. */
  logits(row: number): Float32Array | null;
  /** `[rows * width]` the states that the drafter reads; absent where it reads none. */
  readonly states?: Float32Array;
}
