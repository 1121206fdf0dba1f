import { t } from '../src/l10n';
import type { Item } from '../src/trace/item';
import type { Mark } from './shapes';
import type { ShownRound } from '../src/trace/shownRound';
import { tokenLabel } from '../src/trace/labels';
import { ellipsis } from './ellipsis';

/** Which rows of the verify forward see which: the root token is row 0. */
export interface Mask {
  readonly rows: readonly MaskRow[];
}

export interface MaskRow {
  /** The node, or the round for the root token's row. */
  readonly item: Item;
  readonly mark: Mark;
  readonly label: string;
  /** 0 for the root token. */
  readonly depth: number;
  /** The rows that it sees, rising: the root token, its ancestors, itself. */
  readonly sees: readonly number[];
}

/** Rows of an ancestor mask that still can be seen. */
const MOST_MASKED = 64;
/** Columns of a label. */
const LONGEST = 14;

/**
 * Pruned nodes were no rows of the forward: they are left out, and the rows below them move up.
 *
 * @returns null for a forward of one row, and for one of too many
 */
export function maskOf(round: ShownRound): Mask | null {
  const nodes = round.state.flatMap((state, node) => (state === 'pruned' ? [] : [node]));
  if (nodes.length === 0 || nodes.length > MOST_MASKED) return null;
  const place = new Map(nodes.map((node, i) => [node, i + 1]));
  const root: MaskRow = {
    item: { at: 'round', round: round.index },
    mark: 'bonus',
    label: t('root token'),
    depth: 0,
    sees: [0],
  };
  const rows = nodes.map((node): MaskRow => {
    const sees = [0];
    for (let above = node; above >= 0; above = round.parent[above]) sees.push(place.get(above) ?? 0);
    return {
      item: { at: 'node', round: round.index, node },
      mark: round.state[node],
      label: ellipsis(tokenLabel(round.text[node], round.bytes[node]), LONGEST),
      depth: round.nodeDepth[node],
      sees: sees.sort((a, b) => a - b),
    };
  });
  return { rows: [root, ...rows] };
}
