/** The empty sequence. */
export const ROOT = 0;
/** No such node. */
export const NONE = -1;

const INITIAL_NODES = 1024;

/**
 * A trie over token ids: each node is the sequence of tokens on its path from the root. Nodes have numbers, so
 * that what a user wants to know of a node stands in an array of his own. The number of a removed node is given
 * again.
 *
 * A node costs 28 to 56 bytes: five numbers, and two slots of a hash table with open addressing, both in
 * arrays that double. At most `maxNodes` nodes are ever held; then `childOrAdd` finds but adds nothing.
 */
export class TokenTrie {
  /** Above every number that was ever given. */
  private numbered = 1;
  /** The first of the numbers to give again, or `NONE`; `nextSiblingOf` leads to the others. */
  private free = NONE;
  private tokenOf = new Int32Array(INITIAL_NODES);
  private parentOf = new Int32Array(INITIAL_NODES);
  private firstChildOf = new Int32Array(INITIAL_NODES).fill(NONE);
  private nextSiblingOf = new Int32Array(INITIAL_NODES).fill(NONE);
  private previousSiblingOf = new Int32Array(INITIAL_NODES).fill(NONE);
  /** Nodes by their parent and token, linear probing; twice as long as the arrays, so at most half full. */
  private table = new Int32Array(2 * INITIAL_NODES).fill(NONE);

  constructor(private readonly maxNodes: number) {}

  /** A length at which an array has a place for every node. */
  get length(): number {
    return this.numbered;
  }

  /** The token that leads to a node. */
  token(node: number): number {
    return this.tokenOf[node];
  }

  /** The child that was added last, or `NONE`; `nextSibling` leads to the older ones. */
  firstChild(node: number): number {
    return this.firstChildOf[node];
  }

  nextSibling(node: number): number {
    return this.nextSiblingOf[node];
  }

  /** The child of `node` along `token`, or `NONE`. */
  child(node: number, token: number): number {
    return this.table[this.slot(node, token)];
  }

  /** The child of `node` along `token`, added if it is new; `NONE` if it is new and the trie is full. */
  childOrAdd(node: number, token: number): number {
    const found = this.child(node, token);
    if (found !== NONE || (this.free === NONE && this.numbered >= this.maxNodes)) return found;

    const added = this.newNumber();
    const sibling = this.firstChildOf[node];
    this.tokenOf[added] = token;
    this.parentOf[added] = node;
    this.nextSiblingOf[added] = sibling;
    this.previousSiblingOf[added] = NONE;
    if (sibling !== NONE) this.previousSiblingOf[sibling] = added;
    this.firstChildOf[node] = added;
    this.table[this.slot(node, token)] = added;
    return added;
  }

  /** Removes a node without children. */
  remove(node: number): void {
    if (node === ROOT || this.firstChildOf[node] !== NONE) throw new Error('Only a leaf can be removed.');
    this.empty(this.slot(this.parentOf[node], this.tokenOf[node]));
    const previous = this.previousSiblingOf[node];
    const next = this.nextSiblingOf[node];
    if (previous === NONE) this.firstChildOf[this.parentOf[node]] = next;
    else this.nextSiblingOf[previous] = next;
    if (next !== NONE) this.previousSiblingOf[next] = previous;
    this.nextSiblingOf[node] = this.free;
    this.free = node;
  }

  private newNumber(): number {
    const given = this.free;
    if (given !== NONE) {
      this.free = this.nextSiblingOf[given];
      return given;
    }
    if (this.numbered === this.tokenOf.length) this.grow();
    return this.numbered++;
  }

  /** Where the search for a node with this parent and token begins. */
  private home(parent: number, token: number): number {
    return mix(parent, token) & (this.table.length - 1);
  }

  /** Where a node with this parent and token is, or would go. */
  private slot(parent: number, token: number): number {
    const last = this.table.length - 1;
    let slot = this.home(parent, token);
    for (let node = this.table[slot]; node !== NONE; node = this.table[slot]) {
      if (this.parentOf[node] === parent && this.tokenOf[node] === token) break;
      slot = (slot + 1) & last;
    }
    return slot;
  }

  /** Empties a slot and closes the gap, so that no search ends before what lies behind it. */
  private empty(slot: number): void {
    const last = this.table.length - 1;
    let gap = slot;
    for (let at = (gap + 1) & last; this.table[at] !== NONE; at = (at + 1) & last) {
      const node = this.table[at];
      const fromHome = (at - this.home(this.parentOf[node], this.tokenOf[node])) & last;
      // It may only move back as far as its own search begins.
      if (fromHome < ((at - gap) & last)) continue;
      this.table[gap] = node;
      gap = at;
    }
    this.table[gap] = NONE;
  }

  /** Only when there is no number to give again: then every number is a node's. */
  private grow(): void {
    const held = this.tokenOf.length;
    this.tokenOf = grown(this.tokenOf, held + 1);
    this.parentOf = grown(this.parentOf, held + 1);
    this.firstChildOf = grown(this.firstChildOf, held + 1, NONE);
    this.nextSiblingOf = grown(this.nextSiblingOf, held + 1, NONE);
    this.previousSiblingOf = grown(this.previousSiblingOf, held + 1, NONE);
    this.table = new Int32Array(2 * this.tokenOf.length).fill(NONE);
    for (let node = ROOT + 1; node < held; node++) {
      this.table[this.slot(this.parentOf[node], this.tokenOf[node])] = node;
    }
  }
}

/** The array itself if it has `length` elements, else a copy of at least twice its length, filled up. */
export function grown(array: Int32Array, length: number, fill = 0): Int32Array<ArrayBuffer> {
  if (length <= array.length) return array as Int32Array<ArrayBuffer>;
  const copy = new Int32Array(Math.max(length, 2 * array.length)).fill(fill, array.length);
  copy.set(array);
  return copy;
}

/** Spreads the pair over 32 bits: two odd multipliers, then a shift so that high bits reach the low ones. */
function mix(parent: number, token: number): number {
  const hash = Math.imul(Math.imul(parent, 0x9e3779b1) ^ token, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
