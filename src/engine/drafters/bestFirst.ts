/** A continuation that a drafter could propose; `S` is what it needs to know to go on from there. */
export interface Continuation<S> {
  readonly state: S;
  /** Probability after its parent. */
  readonly q: number;
}

/** A node of a growing tree. */
export interface GrownNode<S> extends Continuation<S> {
  /** Index among the chosen nodes, -1 for a first one. */
  readonly parent: number;
  readonly depth: number;
  /** Product of `q` from the beginning down. */
  readonly pathProbability: number;
}

export interface GrowthLimits {
  readonly nodes: number;
  readonly depth: number;
  /** No node whose path is less probable than this. */
  readonly minPathProbability: number;
}

/**
 * The most probable tree after `start`, parents before children: since a path is never more probable than its
 * beginning, taking the most probable candidate next is also the best tree of each size. Ties go to the
 * shallower one, then to the one that was offered first.
 */
export function growBestFirst<S>(
  start: S,
  continuationsOf: (state: S) => Iterable<Continuation<S>>,
  limits: GrowthLimits,
): GrownNode<S>[] {
  const chosen: GrownNode<S>[] = [];
  const frontier: GrownNode<S>[] = [];
  const offer = (state: S, parent: number, depth: number, pathProbability: number) => {
    if (depth > limits.depth) return;
    for (const next of continuationsOf(state)) {
      const reached = pathProbability * next.q;
      if (reached < limits.minPathProbability) continue;
      frontier.push({ ...next, parent, depth, pathProbability: reached });
    }
  };

  offer(start, -1, 1, 1);
  // Few paths at one depth can reach the least probability, so the frontier is short.
  while (chosen.length < limits.nodes && frontier.length > 0) {
    const next = frontier.reduce((a, b) => (comesBefore(b, a) ? b : a));
    frontier.splice(frontier.indexOf(next), 1);
    chosen.push(next);
    offer(next.state, chosen.length - 1, next.depth + 1, next.pathProbability);
  }
  return chosen;
}

function comesBefore<S>(a: GrownNode<S>, b: GrownNode<S>): boolean {
  if (a.pathProbability !== b.pathProbability) return a.pathProbability > b.pathProbability;
  return a.depth < b.depth;
}

/** Expected accepted tokens of a tree whose probabilities are right. */
export function expectedAccepted(nodes: readonly GrownNode<unknown>[]): number {
  return nodes.reduce((sum, { pathProbability }) => sum + pathProbability, 0);
}
