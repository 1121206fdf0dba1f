import type { NodeState } from '../decoding/walk';
import type { PhaseTimes } from '../decoding/metrics';
import { END_KINDS, pushRound, roundColumns, type RoundColumns } from './roundColumns';
import type { Round } from './schema';

/** What the view knows of every round. */
export interface RoundHead {
  readonly index: number;
  readonly start_us: number;
  /** The root token's position in the text. */
  readonly position: number;
  readonly t_us: PhaseTimes;
  /** Nodes that the target saw, and those cut before. */
  readonly verified: number;
  readonly pruned: number;
  readonly accepted: number;
  readonly committed: number;
  /** Depth of the deepest node that the target saw, and of the deepest at all; 0 without one. */
  readonly depth: number;
  readonly wholeDepth: number;
  /** Nodes that the budget allowed. */
  readonly budget: number;
  readonly endKind: Round['end']['kind'];
  /** The end token's rank in the target's law, from 1; null where it was not recorded. */
  readonly endRank: number | null;
}

/**
 * A round as it is drawn: its head and its nodes, the trace's arrays under the trace's names. Made of the columns
 * for the rounds on screen and thrown away with them.
 */
export interface ShownRound extends RoundHead {
  readonly parent: readonly number[];
  readonly token: readonly number[];
  readonly text: readonly string[];
  readonly bytes: readonly string[];
  readonly nodeDepth: readonly number[];
  readonly q: readonly (number | null)[];
  readonly p: readonly (number | null)[];
  readonly p_sampler: readonly (number | null)[];
  readonly draw: readonly (number | null)[];
  readonly chance: readonly (number | null)[];
  readonly source: readonly string[];
  readonly state: readonly NodeState[];
  /** Node indices from depth 1 down. */
  readonly accepted_path: readonly number[];
  /** The accepted path's tokens, then the end token. */
  readonly emitted: readonly Emitted[];
}

export interface Emitted {
  readonly token: number;
  readonly text: string;
  readonly bytes: string;
  /** The target's raw probability. */
  readonly p: number | null;
}

export function roundHead({ column }: RoundColumns, index: number): RoundHead {
  const nodes = column.nodes[index];
  const pruned = column.pruned[index];
  return {
    index,
    start_us: column.start_us[index],
    position: column.position[index],
    t_us: {
      draft: column.draft[index],
      verify: column.verify[index],
      sample: column.sample[index],
      commit: column.commit[index],
      total: column.total[index],
    },
    verified: nodes - pruned,
    pruned,
    accepted: column.accepted[index],
    committed: column.emitted[index],
    depth: column.depth[index],
    wholeDepth: column.wholeDepth[index],
    budget: column.budget[index],
    endKind: END_KINDS[column.end[index]],
    endRank: column.endRank[index] === 0 ? null : column.endRank[index],
  };
}

/** A round of a trace as it is drawn. */
export function shownRoundOf(round: Round): ShownRound {
  const columns = roundColumns();
  pushRound(columns, round);
  const { parent, token, text, bytes, depth, q, p, p_sampler, draw, chance, source, state } = round;
  return {
    ...roundHead(columns, 0),
    index: round.index,
    parent,
    token,
    text,
    bytes,
    nodeDepth: depth,
    q,
    p,
    p_sampler,
    draw,
    chance: chance ?? parent.map(() => null),
    source,
    state,
    accepted_path: round.accepted_path,
    emitted: round.emitted.map((id, i) => ({
      token: id,
      text: round.emitted_text[i],
      bytes: round.emitted_bytes[i],
      p: round.emitted_p[i],
    })),
  };
}
