import { Columns } from './columns';
import type { Round } from './schema';

/**
 * What is kept of every round, however long a trace is: enough for the strip, for a band's height and head, and
 * for what is added up over a run. 65 bytes a round.
 */
const ROUND = {
  /** Microseconds, as in the trace; the lengths of time to seven digits. */
  start_us: Float64Array,
  draft: Float32Array,
  verify: Float32Array,
  sample: Float32Array,
  commit: Float32Array,
  total: Float32Array,
  /** The root token's position in the text. */
  position: Uint32Array,
  /** All that were drafted, those pruned included. */
  nodes: Uint32Array,
  pruned: Uint32Array,
  accepted: Uint32Array,
  emitted: Uint32Array,
  /** Depth of the deepest node that the target saw, and of the deepest at all; 0 without one. */
  depth: Uint32Array,
  wholeDepth: Uint32Array,
  /** Nodes that the budget allowed. */
  budget: Uint32Array,
  /** The end token's rank in the target's law where the round ended, from 1; 0 where it was not recorded. */
  endRank: Uint32Array,
  /** An index of `END_KINDS`. */
  end: Uint8Array,
} as const;

export const END_KINDS = ['bonus', 'correction', 'none'] as const satisfies readonly Round['end']['kind'][];

export type RoundColumns = Columns<typeof ROUND>;

export function roundColumns(): RoundColumns {
  return new Columns(ROUND);
}

export function pushRound(columns: RoundColumns, round: Round): void {
  let pruned = 0;
  let depth = 0;
  let wholeDepth = 0;
  round.depth.forEach((at, node) => {
    wholeDepth = Math.max(wholeDepth, at);
    if (round.state[node] === 'pruned') pruned += 1;
    else depth = Math.max(depth, at);
  });
  columns.push({
    start_us: round.start_us,
    ...round.t_us,
    position: round.root.position,
    nodes: round.parent.length,
    pruned,
    accepted: round.accepted_path.length,
    emitted: round.emitted.length,
    depth,
    wholeDepth,
    budget: Math.max(0, round.budget.nodes),
    endRank: endRank(round),
    end: END_KINDS.indexOf(round.end.kind),
  });
}

function endRank({ accepted_path, end, target_top }: Round): number {
  if (end.token === null) return 0;
  const row = (accepted_path.at(-1) ?? -1) + 1;
  return (target_top.find((top) => top.row === row)?.token.indexOf(end.token) ?? -1) + 1;
}
