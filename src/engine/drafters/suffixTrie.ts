import { grown, NONE, ROOT, TokenTrie } from './tokenTrie';

/**
 * Every substring of a text up to `maxLength` tokens, with how often it occurs. Grows by one token at a time
 * in O(maxLength): the nodes of the text's last 1, 2, ... tokens are kept at hand and each is extended.
 *
 * Memory: at most `maxLength` nodes a token and never more than `maxNodes`, at some 40 bytes a node. When full,
 * new substrings are no longer learned, but the known ones are still counted.
 */
export class SuffixTrie {
  private readonly trie: TokenTrie;
  private counts = new Int32Array(0);
  private continuations = new Int32Array(0);
  /** `[k]` the node of the text's last k tokens. */
  private readonly suffixNodes: number[] = [ROOT];

  constructor(
    private readonly maxLength: number,
    maxNodes: number,
  ) {
    this.trie = new TokenTrie(maxNodes);
  }

  append(token: number): void {
    const longest = Math.min(this.suffixNodes.length, this.maxLength);
    let shorter = ROOT;
    // From short to long: a substring is in the trie only if all its own suffixes are, even when it is full.
    for (let length = 1; length <= longest; length++) {
      const extended = this.trie.childOrAdd(shorter, token);
      if (extended === NONE) {
        this.suffixNodes.length = length;
        return;
      }
      this.counts = grown(this.counts, this.trie.size);
      this.continuations = grown(this.continuations, this.trie.size);
      this.counts[extended]++;
      this.continuations[shorter]++;
      shorter = this.suffixNodes[length];
      this.suffixNodes[length] = extended;
    }
  }

  /** Length of the longest suffix of the text that has a node; it may still have no continuation. */
  get suffixLength(): number {
    return this.suffixNodes.length - 1;
  }

  /** The node of the text's last `length` tokens, at most `suffixLength`. */
  suffix(length: number): number {
    return this.suffixNodes[length];
  }

  /** The node that `token` leads to, or `NONE`. */
  child(node: number, token: number): number {
    return this.trie.child(node, token);
  }

  /** The nodes one token longer, those first seen last in front. */
  *children(node: number): Generator<number> {
    for (let child = this.trie.firstChild(node); child !== NONE; child = this.trie.nextSibling(child)) {
      yield child;
    }
  }

  /** The last token of a node's substring. */
  token(node: number): number {
    return this.trie.token(node);
  }

  /** How often the node's substring occurs in the text. */
  count(node: number): number {
    return this.counts[node];
  }

  /**
   * How many of those occurrences are followed by a token that the trie holds: the sum of the children's
   * counts. The occurrence at the text's end is not among them, so it lends its weight to no continuation.
   */
  continued(node: number): number {
    return this.continuations[node];
  }
}
