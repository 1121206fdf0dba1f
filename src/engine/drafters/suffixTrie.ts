import { grown, NONE, ROOT, TokenTrie } from './tokenTrie';

/**
 * Every substring of one or more texts up to `maxLength` tokens, with how often it occurs. Grows by one token
 * at a time in O(maxLength): the nodes of the text's last 1, 2, ... tokens are kept at hand and each is
 * extended.
 *
 * Memory: at most `maxLength` nodes a token and never more than `maxNodes`, at 36 to 72 bytes a node. When full,
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
      this.counts = grown(this.counts, this.trie.length);
      this.continuations = grown(this.continuations, this.trie.length);
      this.counts[extended]++;
      this.continuations[shorter]++;
      shorter = this.suffixNodes[length];
      this.suffixNodes[length] = extended;
    }
  }

  /** Ends the text: what is appended next is the beginning of another one. */
  endText(): void {
    this.suffixNodes.length = 1;
  }

  /** Takes an ended text out again. It must have been learned whole, so the trie was never full. */
  removeText(text: ArrayLike<number>): void {
    for (let at = 0; at < text.length; at++) {
      const path = [ROOT];
      for (let end = at; end < Math.min(at + this.maxLength, text.length); end++) {
        const node = this.trie.child(path[path.length - 1], text[end]);
        if (node === NONE) throw new Error('A text was taken out of a suffix trie that does not hold it.');
        path.push(node);
      }
      for (let length = path.length - 1; length > 0; length--) {
        this.continuations[path[length - 1]]--;
        if (--this.counts[path[length]] === 0) this.trie.remove(path[length]);
      }
    }
  }

  /** `[k]` the node of the text's last k tokens, as far as it has one. The longest may have no continuation. */
  get suffixes(): readonly number[] {
    return this.suffixNodes;
  }

  /** `[k]` the node of another text's last k tokens, as far as they occur here. */
  suffixesOf(tokens: readonly number[]): number[] {
    const nodes = [ROOT];
    while (nodes.length <= Math.min(this.maxLength, tokens.length)) {
      let node = ROOT;
      for (let at = tokens.length - nodes.length; at < tokens.length && node !== NONE; at++) {
        node = this.trie.child(node, tokens[at]);
      }
      // What does not occur is no part of anything longer either.
      if (node === NONE) break;
      nodes.push(node);
    }
    return nodes;
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
   * counts. The occurrence at a text's end is not among them, so it lends its weight to no continuation.
   */
  continued(node: number): number {
    return this.continuations[node];
  }
}
