import type { Item } from '../src/trace/item';
import { lastAccepted } from '../src/trace/reasons';
import { nearestRejection } from './rejections';
import type { RoundHead, ShownRound } from '../src/trace/shownRound';
import { childrenOf } from '../src/decoding/draftTree';

/**
 * Where a key leads in the tree. The picture grows downwards, so the tree is a horizontal one in ARIA's sense:
 * down to the child, up to the parent, left and right among siblings. Rounds are the items of the first level.
 */
export interface Walkable {
  /** Rounds. */
  readonly count: number;
  head(round: number): RoundHead;
  /** null while its nodes are not here: then there is nothing to go to below it. */
  round(index: number): ShownRound | null;
  /** Whether a node is drawn. */
  shown(round: ShownRound, node: number): boolean;
}

export function moveFocus(key: string, from: Item, record: Walkable): Item | null {
  const last = record.count - 1;
  switch (key) {
    case 'ArrowDown':
      return below(from, record);
    case 'ArrowUp':
      return above(from, record);
    case 'ArrowRight':
      return beside(from, record, 1);
    case 'ArrowLeft':
      return beside(from, record, -1);
    case 'PageDown':
      return roundItem(Math.min(last, from.round + 1));
    case 'PageUp':
      return from.at === 'round' ? roundItem(Math.max(0, from.round - 1)) : roundItem(from.round);
    case 'Home':
      return roundItem(0);
    case 'End':
      return roundItem(last);
    case ']':
      return rejection(from.round, record, 1);
    case '[':
      return rejection(from.round, record, -1);
    default:
      return null;
  }
}

/** The items of one row of the tree under a node (-1 for the root token): drawn children, then the end token. */
export function childItems(round: ShownRound, of: number, record: Walkable): Item[] {
  const items: Item[] = childrenOf(round, of)
    .filter((node) => record.shown(round, node))
    .map((node) => ({ at: 'node', round: round.index, node }));
  if (round.endKind !== 'none' && lastAccepted(round) === of) items.push({ at: 'end', round: round.index });
  return items;
}

/** The node that an item hangs from, -1 for the root token. */
export function parentOf(round: ShownRound, item: Exclude<Item, { at: 'round' }>): number {
  return item.at === 'end' ? lastAccepted(round) : round.parent[item.node];
}

function below(from: Item, record: Walkable): Item | null {
  const round = record.round(from.round);
  if (from.at !== 'end' && round !== null) {
    const items = childItems(round, from.at === 'round' ? -1 : from.node, record);
    // Down the text: the accepted child, the end token, and only then the drafter's first.
    const onward =
      items.find((item) => item.at === 'node' && round.state[item.node] === 'accepted') ??
      items.find((item) => item.at === 'end') ??
      items.at(0);
    if (onward !== undefined) return onward;
  }
  return from.round + 1 < record.count ? roundItem(from.round + 1) : null;
}

function above(from: Item, record: Walkable): Item | null {
  if (from.at === 'round') return from.round > 0 ? roundItem(from.round - 1) : null;
  const round = record.round(from.round);
  const parent = round === null ? -1 : parentOf(round, from);
  return parent < 0 ? roundItem(from.round) : { at: 'node', round: from.round, node: parent };
}

function beside(from: Item, record: Walkable, step: 1 | -1): Item | null {
  if (from.at === 'round') {
    const to = from.round + step;
    return to >= 0 && to < record.count ? roundItem(to) : null;
  }
  const round = record.round(from.round);
  if (round === null) return null;
  const row = childItems(round, parentOf(round, from), record);
  const here = row.findIndex((item) => item.at === from.at && (item.at !== 'node' || sameNode(item, from)));
  return row.at(here + step) !== undefined && here + step >= 0 ? row[here + step] : null;
}

/** The first rejected node of the nearest round that ended in a correction, before or after this one. */
function rejection(start: number, record: Walkable, step: 1 | -1): Item | null {
  const found = nearestRejection(record, start, step);
  if (found === null) return null;
  const round = record.round(found);
  if (round === null) return roundItem(found);
  const node = childrenOf(round, lastAccepted(round)).find((n) => round.state[n] === 'rejected');
  return node === undefined ? { at: 'end', round: found } : { at: 'node', round: found, node };
}

function sameNode(a: Item, b: Item): boolean {
  return a.at === 'node' && b.at === 'node' && a.node === b.node;
}

function roundItem(round: number): Item {
  return { at: 'round', round };
}
