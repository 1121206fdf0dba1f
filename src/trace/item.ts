import type { ShownRound } from './shownRound';

/** What can be focused, pointed at and asked about: a round, one of its nodes, or the token that ended it. */
export type Item =
  | { readonly at: 'round'; readonly round: number }
  | { readonly at: 'node'; readonly round: number; readonly node: number }
  | { readonly at: 'end'; readonly round: number };

/** Unique in a record, and usable as an element's id. */
export function itemId(item: Item): string {
  switch (item.at) {
    case 'round':
      return `r${item.round}`;
    case 'node':
      return `r${item.round}n${item.node}`;
    case 'end':
      return `r${item.round}e`;
  }
}

/** The inverse of `itemId`; null for anything else. */
export function parseItemId(id: string): Item | null {
  const match = /^r(\d+)(?:n(\d+)|(e))?$/.exec(id);
  if (match === null) return null;
  const round = Number(match[1]);
  if (match[2] !== undefined) return { at: 'node', round, node: Number(match[2]) };
  return match[3] !== undefined ? { at: 'end', round } : { at: 'round', round };
}

/** Where a token of the text comes from. */
export type Origin = 'accepted' | 'bonus' | 'correction';

/** A token of a round as the text has it. */
export interface Committed {
  readonly mark: Origin;
  readonly text: string;
  readonly bytes: string;
  readonly p: number | null;
  readonly item: Item;
}

/** What a round added to the text, in order: the accepted path, then the token that ended the round. */
export function committed(round: ShownRound): Committed[] {
  return round.emitted.map(({ text, bytes, p }, i) => {
    const node = round.accepted_path.at(i);
    const mark = node !== undefined ? 'accepted' : round.endKind === 'bonus' ? 'bonus' : 'correction';
    return {
      mark,
      text,
      bytes,
      p,
      item: node !== undefined ? { at: 'node', round: round.index, node } : { at: 'end', round: round.index },
    };
  });
}
