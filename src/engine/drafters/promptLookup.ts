import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { grown, NONE, ROOT, TokenTrie } from './tokenTrie';

/** Longest n-gram that is looked for, as in the original. */
const MAX_NGRAM = 3;
/** The match that an n-gram is the end of is followed back this far, to say how good the evidence is. */
const MAX_MATCH = 32;
/** Some 20 MB at most. Past it, in texts of more than 150,000 tokens, no new n-grams are learned. */
const MAX_NODES = 1 << 19;

const description: DrafterDescription = {
  id: 'prompt-lookup',
  name: 'Prompt lookup',
  kind: 'n-gram',
  summary: 'Finds the latest place where the last three, two or one tokens stood and proposes what followed.',
  qIsLaw: false,
  divisible: true,
};

/**
 * Prompt lookup (Saxena 2023) with two changes: the latest earlier occurrence instead of the earliest, and a
 * continuation that reaches the text's end goes on with what it drafted so far.
 */
class PromptLookupDrafter implements Drafter {
  readonly description = description;
  private index = new NgramIndex();

  reset(tokens: readonly number[]): void {
    this.index = new NgramIndex();
    for (const token of tokens) this.index.append(token);
  }

  propose({ tokens }: SequenceState, budget: Budget): DraftTree {
    if (tokens.length !== this.index.length) {
      throw new Error(`Prompt lookup knows ${this.index.length} tokens of a text of ${tokens.length}.`);
    }
    const length = Math.min(budget.nodes, budget.depth);
    const match = length > 0 ? this.index.latest() : null;
    if (match === null) return EMPTY_DRAFT;

    const tree = new DraftTreeBuilder();
    // What it copies goes on into what it drafted, so that a text that goes in circles is drafted round and round.
    const copied = tokens.slice(match.next, match.next + length);
    const source = `prompt-lookup:${matchLength(tokens, match)}`;
    for (let i = 0; i < length; i++) {
      if (i === copied.length) copied.push(copied[i - (tokens.length - match.next)]);
      tree.add(i - 1, copied[i], NaN, source);
    }
    return tree.build();
  }

  commit(walk: Walk): void {
    for (const token of walk.emitted) this.index.append(token);
  }

  dispose(): void {
    this.index = new NgramIndex();
  }
}

/** How many of the text's last tokens also stand before `next`, where an n-gram of them is known to. */
function matchLength(tokens: readonly number[], { ngram, next }: { ngram: number; next: number }): number {
  let length = ngram;
  const longest = Math.min(MAX_MATCH, next);
  while (length < longest && tokens[next - 1 - length] === tokens[tokens.length - 1 - length]) length++;
  return length;
}

/** Where each n-gram of a text, n from 1 to 3, was last followed by a token. */
class NgramIndex {
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

  /** The longest of the text's last n-grams that stood before, and where its latest continuation begins. */
  latest(): { ngram: number; next: number } | null {
    for (let ngram = this.suffixNodes.length - 1; ngram >= 1; ngram--) {
      const next = this.nextOf[this.suffixNodes[ngram]];
      if (next > 0) return { ngram, next };
    }
    return null;
  }
}

/** Prompt lookup. */
export const promptLookup: DrafterEntry = { description, create: () => new PromptLookupDrafter() };
