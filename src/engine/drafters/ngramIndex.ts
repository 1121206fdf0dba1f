import { grown, NONE, ROOT, TokenTrie } from './tokenTrie';

/** Longest n-gram that is looked for, as in prompt lookup's original. */
const MAX_NGRAM = 3;
/** Some 20 MB at most. Past it, in texts of more than 150,000 tokens, no new n-grams are learned. */
const MAX_NODES = 1 << 19;

/** Where each n-gram of a text, n from 1 to 3, was last followed by a token. */
export class NgramIndex {
  length = 0;
  private readonly trie = new TokenTrie(MAX_NODES);
  /** By node: where the token after the n-gram's latest occurrence stands; 0, which follows nothing, is none. */
  private nextOf = new Int32Array(0);
  /** `[n]` the node of the text's last n tokens. */
  private readonly suffixNodes: number[] = [ROOT];

  append(token: number): void {
    // Only now that they are followed do the last n-grams enter: the text's end never matches itself.
    for (const node of this.suffixNodes.slice(1)) this.nextOf[node] = this.length;
    this.length++;

    const longest = Math.min(this.suffixNodes.length, MAX_NGRAM);
    let shorter = ROOT;
    for (let n = 1; n <= longest; n++) {
      const extended = this.trie.childOrAdd(shorter, token);
      if (extended === NONE) {
        this.suffixNodes.length = n;
        break;
      }
      shorter = this.suffixNodes[n];
      this.suffixNodes[n] = extended;
    }
    this.nextOf = grown(this.nextOf, this.trie.length);
  }

  /**
   * What followed the latest occurrence of the longest of the last n-grams of `tokens` that the text has.
   *
   * @param tokens the text, perhaps with tokens behind it that are only drafted
   * @returns `length` tokens, the n of the n-gram and where its continuation begins; null where not even the last token stood in the text before
   */
  continuation(
    tokens: readonly number[],
    length: number,
  ): { readonly ngram: number; readonly next: number; readonly tokens: readonly number[] } | null {
    for (let ngram = Math.min(MAX_NGRAM, tokens.length); ngram >= 1; ngram--) {
      let node = ROOT;
      for (let at = tokens.length - ngram; at < tokens.length && node !== NONE; at++) {
        node = this.trie.child(node, tokens[at]);
      }
      const next = node === NONE ? 0 : this.nextOf[node];
      if (next === 0) continue;
      // What it copies goes on into what it drafted, so that a text that goes in circles is drafted round and round.
      const copied = tokens.slice(next, next + length);
      while (copied.length < length) copied.push(copied[copied.length - (tokens.length - next)]);
      return { ngram, next, tokens: copied };
    }
    return null;
  }
}
