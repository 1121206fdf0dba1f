/** A tree before its tokens are known: node `i` will be its parent's candidate of rank `rank[i]`, from 0. */
export interface TreeShape {
  /** `[n]` index of the parent node, -1 for a child of the root token. Always smaller than the own index. */
  readonly parent: readonly number[];
  readonly rank: readonly number[];
  /** `[n]` distance from the root token: 1 for its children. */
  readonly depth: readonly number[];
}

/**
 * The tree of at most `nodes` nodes and `depth` levels with the most expected accepted tokens, for a drafter that
 * ranks candidates but gives them no probability that can be trusted: the dynamic programme of Sequoia (Chen et al.
 * 2024, arXiv 2402.12374), with rates by depth too. A rank is used only with all ranks before it.
 *
 * For the children at depth `d` of a reached node, from rank `r` on, with `m` nodes for them and all below them:
 * `best(d, r, m) = max over y of rates[d][r] * (1 + best(d + 1, 0, y - 1)) + best(d, r + 1, m - y)`.
 *
 * @param rates `[depth][rank]` part of the reached nodes at which the target chooses the candidate of that rank; the
 *   last line also holds for all deeper levels
 * @param least no node that adds less than this many expected tokens
 */
export function bestTreeShape(
  rates: readonly (readonly number[])[],
  limits: { readonly nodes: number; readonly depth: number },
  least: number,
): TreeShape {
  const { nodes } = limits;
  const ranks = rates[0].length;
  const rateAt = (depth: number, rank: number) => rates[Math.min(depth, rates.length) - 1][rank];
  const size = nodes + 1;
  const cell = (depth: number, rank: number, count: number) =>
    ((depth - 1) * (ranks + 1) + rank) * size + count;
  // Below the last level and behind the last rank there is nothing, whatever the number of nodes.
  const best = new Float64Array(cell(limits.depth + 1, ranks, nodes) + 1);
  const first = new Int32Array(best.length);
  for (let depth = limits.depth; depth >= 1; depth--) {
    for (let rank = ranks - 1; rank >= 0; rank--) {
      const rate = rateAt(depth, rank);
      for (let count = 1; count <= nodes; count++) {
        let most = 0;
        for (let taken = 1; taken <= count; taken++) {
          const own = rate * (1 + best[cell(depth + 1, 0, taken - 1)]);
          const value = own + best[cell(depth, rank + 1, count - taken)];
          if (value > most) [most, first[cell(depth, rank, count)]] = [value, taken];
        }
        best[cell(depth, rank, count)] = most;
      }
    }
  }

  let count = 0;
  while (limits.depth > 0 && count < nodes && best[cell(1, 0, count + 1)] - best[cell(1, 0, count)] >= least)
    count++;

  const shape = { parent: [] as number[], rank: [] as number[], depth: [] as number[] };
  const lay = (parent: number, depth: number, left: number): void => {
    for (let rank = 0; depth <= limits.depth && rank < ranks && left > 0; rank++) {
      const taken = first[cell(depth, rank, left)];
      if (taken === 0) return;
      const node = shape.parent.push(parent) - 1;
      shape.rank.push(rank);
      shape.depth.push(depth);
      lay(node, depth + 1, taken - 1);
      left -= taken;
    }
  };
  lay(-1, 1, count);
  return shape;
}
