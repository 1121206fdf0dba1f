import { decimal, t } from '../src/l10n';
import { itemId, type Item } from '../src/trace/item';
import { provenance, tokenLabel } from '../src/trace/labels';
import { endReason, lastAccepted, nodeReason, type RunFacts } from '../src/trace/reasons';
import { draftRank } from '../src/trace/roundFacts';
import type { Round } from '../src/trace/schema';
import type { ShownRound } from '../src/trace/shownRound';
import { counted } from '../src/trace/words';
import { MOST } from './layout';
import { markName } from './shapes';

/** The drawing of a round as a table: a row a node, and one for the token that ended the round. */
export interface NodeTableModel {
  readonly caption: string;
  /** The first one is over the rows' names. */
  readonly columns: readonly string[];
  readonly rows: readonly NodeRow[];
}

export interface NodeRow {
  /** The item's id. */
  readonly id: string;
  readonly item: Item;
  /** The token. */
  readonly name: string;
  readonly cells: readonly string[];
}

/**
 * As many nodes as are drawn.
 *
 * @param whole the round as the trace has it, null while it is not here: the target's ranks are then left out
 */
export function nodeTableModel(round: ShownRound, whole: Round | null, run: RunFacts): NodeTableModel {
  const drawn = Math.min(round.parent.length, MOST.nodes);
  const rows = Array.from({ length: drawn }, (_, node) => nodeRow(round, whole, node, run));
  if (round.endKind !== 'none') rows.push(endRow(round, whole, run));
  const left = round.parent.length - drawn;
  const name = t('The tree of round {0}, a row a node', round.index);
  return {
    caption: left === 0 ? name : t('{0}; {1} not drawn', name, counted(left, 'node')),
    columns: [
      t('token'),
      t('node'),
      t('position'),
      t('depth'),
      t('state'),
      'p',
      'q',
      t('rank in the draft'),
      t('rank for the target'),
      t('proposed by'),
      t('parent'),
      t('why'),
    ],
    rows,
  };
}

function nodeRow(round: ShownRound, whole: Round | null, node: number, run: RunFacts): NodeRow {
  const parent = round.parent[node];
  const item: Item = { at: 'node', round: round.index, node };
  return {
    id: itemId(item),
    item,
    name: tokenLabel(round.text[node], round.bytes[node]),
    cells: [
      `${node}`,
      `${round.position + round.nodeDepth[node]}`,
      `${round.nodeDepth[node]}`,
      markName(round.state[node]),
      share(round.p[node]),
      share(round.q[node]),
      rankInDraft(round, parent, round.token[node]),
      rankForTarget(whole, parent, round.token[node]),
      provenance(round.source[node]),
      parentName(round, parent),
      nodeReason(round, node, run),
    ],
  };
}

function endRow(round: ShownRound, whole: Round | null, run: RunFacts): NodeRow {
  const last = round.emitted.length - 1;
  const { token, text, bytes, p } = round.emitted[last];
  const parent = lastAccepted(round);
  const item: Item = { at: 'end', round: round.index };
  return {
    id: itemId(item),
    item,
    name: tokenLabel(text, bytes),
    cells: [
      NONE,
      `${round.position + last + 1}`,
      `${last + 1}`,
      markName(round.endKind === 'bonus' ? 'bonus' : 'correction'),
      share(p),
      NONE,
      rankInDraft(round, parent, token),
      rankForTarget(whole, parent, token),
      t('the target'),
      parentName(round, parent),
      endReason(round, run),
    ],
  };
}

/** What a cell says where there is nothing to say. */
const NONE = '–';

function share(p: number | null): string {
  return p === null ? NONE : decimal(p, 3);
}

function rankInDraft(round: ShownRound, parent: number, token: number): string {
  const found = draftRank(round, parent, token);
  return found === null ? NONE : t('{0} of {1}', found.rank, found.of);
}

function rankForTarget(whole: Round | null, parent: number, token: number): string {
  const top = whole?.target_top.find(({ row }) => row === parent + 1);
  if (top === undefined) return NONE;
  const rank = top.token.indexOf(token) + 1;
  return rank > 0 ? `${rank}` : t('after {0}', top.token.length);
}

function parentName(round: ShownRound, parent: number): string {
  return parent < 0 ? t('root token') : `${parent} ${tokenLabel(round.text[parent], round.bytes[parent])}`;
}
