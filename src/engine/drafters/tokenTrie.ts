/** The empty sequence. */
export const ROOT = 0;
/** No such node. */
export const NONE = -1;

const INITIAL_NODES = 1024;

/**
 * A trie over token ids: each node is the sequence of tokens on its path from the root. Nodes are numbered as
 * they are added, so that what a user wants to know of a node stands in an array of his own, by its number.
 *
 * A node costs 24 to 48 bytes: four numbers, and two slots of a hash table with open addressing, both in
 * arrays that double. At most `maxNodes` nodes are ever held; after that `childOrAdd` finds but adds nothing.
 */
export class TokenTrie {
  private nodes = 1;
  private tokenOf = new Int32Array(INITIAL_NODES);
  private parentOf = new Int32Array(INITIAL_NODES);
  private firstChildOf = new Int32Array(INITIAL_NODES).fill(NONE);
  private nextSiblingOf = new Int32Array(INITIAL_NODES).fill(NONE);
  /** Nodes by their parent and token, linear probing; twice as long as the arrays, so at most half full. */
  private table = new Int32Array(2 * INITIAL_NODES).fill(NONE);

  constructor(private readonly maxNodes: number) {}

  /** Nodes held, the root included. */
  get size(): number {
    return this.nodes;
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
    const slot = this.slot(node, token);
    const found = this.table[slot];
    if (found !== NONE || this.nodes >= this.maxNodes) return found;

    const added = this.nodes++;
    if (added === this.tokenOf.length) this.grow();
    this.tokenOf[added] = token;
    this.parentOf[added] = node;
    this.nextSiblingOf[added] = this.firstChildOf[node];
    this.firstChildOf[node] = added;
    this.table[this.slot(node, token)] = added;
    return added;
  }

  /** Where a node with this parent and token is, or would go. */
  private slot(parent: number, token: number): number {
    const last = this.table.length - 1;
    let slot = mix(parent, token) & last;
    for (let node = this.table[slot]; node !== NONE; node = this.table[slot]) {
      if (this.parentOf[node] === parent && this.tokenOf[node] === token) break;
      slot = (slot + 1) & last;
    }
    return slot;
  }

  private grow(): void {
    const held = this.tokenOf.length;
    this.tokenOf = grown(this.tokenOf, held + 1);
    this.parentOf = grown(this.parentOf, held + 1);
    this.firstChildOf = grown(this.firstChildOf, held + 1, NONE);
    this.nextSiblingOf = grown(this.nextSiblingOf, held + 1, NONE);
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
