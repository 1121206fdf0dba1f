import type { Item } from '../src/trace/item';
import type { ShownRound } from '../src/trace/shownRound';
import { childItems, type Walkable } from './keyboard';

/** Milliseconds after which typing begins anew. */
const PAUSE = 1000;
/** Rounds that are looked through: as many as are soon gone through. */
const REACH = 512;

/**
 * Typing goes to the next token that begins with what was typed, the space ahead of a token left out; one character
 * again and again goes from one such token to the next.
 */
export class TypeAhead {
  private typed = '';
  private last = -Infinity;

  /** @returns where a key leads, null for a key that types nothing and where there is no such token */
  move(key: string, from: Item, record: Walkable, now: number): Item | null {
    if (!/^[\p{L}\p{N}]$/u.test(key)) return null;
    this.typed = now - this.last > PAUSE ? key : this.typed + key;
    this.last = now;
    const isRepeat = [...this.typed].every((character) => character === key);
    return nextToken(isRepeat ? key : this.typed, from, record, isRepeat);
  }
}

/**
 * The next token that begins with a text, in the order of the tree, in rounds whose nodes are here.
 *
 * @param beyond whether the item that the search starts at is left out
 */
export function nextToken(text: string, from: Item, record: Walkable, beyond: boolean): Item | null {
  const wanted = text.toLocaleLowerCase();
  const last = Math.min(record.count, from.round + REACH);
  for (let index = from.round; index < last; index++) {
    const round = record.round(index);
    if (round === null) continue;
    const items = itemsOf(round, record);
    const at = index === from.round ? items.findIndex((item) => isSame(item, from)) : -1;
    const rest = items.slice(at < 0 ? 0 : at + (beyond ? 1 : 0));
    const found = rest.find((item) => tokenText(round, item).toLocaleLowerCase().startsWith(wanted));
    if (found !== undefined) return found;
  }
  return null;
}

type Token = Exclude<Item, { at: 'round' }>;

/** The tokens of a round, each before those that hang from it. */
function itemsOf(round: ShownRound, record: Walkable): Token[] {
  const items: Token[] = [];
  const visit = (parent: number): void => {
    for (const item of childItems(round, parent, record)) {
      if (item.at === 'round') continue;
      items.push(item);
      if (item.at === 'node') visit(item.node);
    }
  };
  visit(-1);
  return items;
}

function tokenText(round: ShownRound, item: Token): string {
  const text = item.at === 'node' ? round.text[item.node] : (round.emitted.at(-1)?.text ?? '');
  return text.trimStart();
}

function isSame(a: Token, b: Item): boolean {
  return a.at === 'node' ? b.at === 'node' && a.node === b.node : b.at === 'end';
}
