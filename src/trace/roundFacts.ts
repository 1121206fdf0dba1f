import { childrenOf } from '../decoding/draftTree';
import type { Round } from './schema';

/** What is read off a single round in many places. Indices are those of the round's nodes; -1 is the root token. */

/** Rows of the round's forward: the root token and the nodes that the target saw. */
export function verifiedRows({ state }: Round): number {
  return state.reduce((rows, one) => rows + (one === 'pruned' ? 0 : 1), 1);
}

/** Depth of the deepest node that the target saw, 0 without one. */
export function verifiedDepth({ depth, state }: Round): number {
  return depth.reduce(
    (deepest, level, node) => (state[node] === 'pruned' ? deepest : Math.max(deepest, level)),
    0,
  );
}

/** Microseconds of the round beside drafting and the forward. */
export function otherTime({ t_us }: Round): number {
  // Times are written to a tenth; so is what is left of them.
  return Math.max(0, Math.round((t_us.total - t_us.draft - t_us.verify) * 10) / 10);
}

/** Where the target chose a token on the walked path, in order: one entry an emitted token. */
export interface Choice {
  /** The node after which it chose. */
  readonly parent: number;
  /** 1 below the root token. */
  readonly depth: number;
  readonly token: number;
  /** The target's own probability of the token; null where it is not recorded. */
  readonly p: number | null;
  /** The nodes drafted there, most probable first where the drafter said so, else in the order of the offer. */
  readonly offered: readonly number[];
  /** The target's most probable tokens there, null where they are not recorded. */
  readonly top: Round['target_top'][number] | null;
}

/** Most statistics and many findings look at the choices of every round, and a round never changes. */
const known = new WeakMap<Round, readonly Choice[]>();

/** The target's choices of a round. */
export function choicesOf(round: Round): readonly Choice[] {
  const choices = known.get(round) ?? choose(round);
  known.set(round, choices);
  return choices;
}

function choose(round: Round): Choice[] {
  const children = childrenByParent(round);
  const tops = new Map(round.target_top.map((top) => [top.row, top]));
  return round.emitted.map((token, i) => {
    const parent = i === 0 ? -1 : round.accepted_path[i - 1];
    return {
      parent,
      depth: i + 1,
      token,
      p: round.emitted_p[i],
      offered: byPromise(children.get(parent) ?? [], round),
      top: tops.get(parent + 1) ?? null,
    };
  });
}

function childrenByParent({ parent }: Round): Map<number, number[]> {
  const children = new Map<number, number[]>();
  parent.forEach((above, node) => {
    const siblings = children.get(above);
    if (siblings === undefined) children.set(above, [node]);
    else siblings.push(node);
  });
  return children;
}

/** A place among the tokens drafted after one node, from 1. */
export interface DraftRank {
  readonly rank: number;
  readonly of: number;
}

/**
 * The rank of a token among those drafted after `parent`, which need not be one of the walked path.
 *
 * @returns null where it was not drafted there
 */
export function draftRank(draft: Draft, parent: number, token: number): DraftRank | null {
  const siblings = byPromise(childrenOf(draft, parent), draft);
  const place = siblings.findIndex((node) => draft.token[node] === token);
  return place < 0 ? null : { rank: place + 1, of: siblings.length };
}

/** What of a round its drafter said. */
interface Draft {
  readonly parent: readonly number[];
  readonly token: readonly number[];
  readonly q: readonly (number | null)[];
}

/** The more probable ones first where the drafter said how probable they are, else in the order of the offer. */
function byPromise(nodes: readonly number[], { q }: Pick<Draft, 'q'>): number[] {
  return [...nodes].sort((a, b) => (q[b] ?? 0) - (q[a] ?? 0) || a - b);
}
