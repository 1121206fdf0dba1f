import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { expectedAccepted, growBestFirst, type Continuation, type GrownNode } from './bestFirst';
import { earlierOutputs, MAX_LENGTH, type EarlierOutputs } from './earlierOutputs';
import { SuffixTrie } from './suffixTrie';

/** Some 40 MB at most; a text of 8,192 tokens stays below a fifth of it. */
const MAX_NODES = 1 << 20;
/** Nodes drafted per matched token: a longer match earns a larger draft. */
const NODES_PER_MATCHED_TOKEN = 1;
/** No node whose path is less probable than this. */
const MIN_PATH_PROBABILITY = 0.1;
/** Accepted tokens that a draft must promise where the budget names no price. */
const MIN_SCORE = 0.5;
/** Scores that differ by less are a tie: equal sums of probabilities round differently. */
const ROUNDING = 1e-9;
/** A match of one token that was continued less often than this says nothing about what comes next. */
const MIN_CONTINUATIONS_OF_ONE_TOKEN = 2;

const description: DrafterDescription = {
  id: 'suffix',
  name: 'Suffix decoding',
  kind: 'n-gram',
  summary:
    'Counts what followed the longest repeats, in this text and in earlier outputs, and proposes a tree of the likeliest.',
  needs: 'nothing',
  qIsLaw: false,
  divisible: true,
};

/** The best tree after one match. */
interface Proposal {
  readonly matchLength: number;
  /** Their states are nodes of the trie. */
  readonly chosen: readonly GrownNode<number>[];
  /** Expected accepted tokens: the sum of the path probabilities. */
  readonly score: number;
}

/**
 * Suffix decoding (Oliaro, Jia, Campos, Qiao, NeurIPS 2025, arXiv 2411.04975) over two tries: the request's
 * own text, and the outputs of earlier generations. In each, for every length of match with the text's end, it
 * grows the most probable tree that the match's budget allows, and takes the one with the most expected
 * accepted tokens, the longer match on a tie. Of the two it proposes the better one, its own text's on a tie.
 *
 * A match without weight drafts nothing: one that nothing followed yet, a single token that was followed only
 * once, or a tree that promises less than half a token, or than the price of a node where the budget names one.
 */
class SuffixDrafter implements Drafter {
  readonly description = description;
  private trie = newTrie();
  private length = 0;
  /** What was emitted since the prompt: what the next generation may repeat. */
  private output: number[] = [];

  constructor(private readonly earlier: EarlierOutputs) {}

  reset(tokens: readonly number[]): void {
    this.earlier.add(this.output);
    this.output = [];
    this.trie = newTrie();
    this.length = 0;
    this.append(tokens);
  }

  propose({ tokens }: SequenceState, budget: Budget): DraftTree {
    if (tokens.length !== this.length) {
      throw new Error(`Suffix decoding knows ${this.length} tokens of a text of ${tokens.length}.`);
    }
    const own = bestProposal(this.trie, this.trie.suffixes, budget);
    const earlier = bestProposal(this.earlier.trie, this.earlier.trie.suffixesOf(tokens), budget);
    if (earlier !== null && earlier.score > (own?.score ?? 0)) {
      return treeOf(earlier, this.earlier.trie, 'suffix-global');
    }
    return own === null ? EMPTY_DRAFT : treeOf(own, this.trie, 'suffix');
  }

  commit(walk: Walk): void {
    this.append(walk.emitted);
    this.output.push(...walk.emitted);
  }

  dispose(): void {
    this.reset([]);
  }

  private append(tokens: readonly number[]): void {
    for (const token of tokens) this.trie.append(token);
    this.length += tokens.length;
  }
}

function newTrie(): SuffixTrie {
  return new SuffixTrie(MAX_LENGTH, MAX_NODES);
}

/** @param suffixes `[k]` the trie's node of the text's last k tokens */
function bestProposal(trie: SuffixTrie, suffixes: readonly number[], budget: Budget): Proposal | null {
  const continuationsOf = function* (node: number): Generator<Continuation<number>> {
    for (const child of trie.children(node)) {
      yield { state: child, q: trie.count(child) / trie.continued(node) };
    }
  };

  const least = budget.price.node > 0 ? budget.price.node : MIN_SCORE;
  let best: Proposal | null = null;
  for (let matchLength = 1; matchLength < suffixes.length; matchLength++) {
    const match = suffixes[matchLength];
    const continued = trie.continued(match);
    // What a match never had, a longer one, which occurs only where it does, never had either.
    if (continued === 0) break;
    if (matchLength === 1 && continued < MIN_CONTINUATIONS_OF_ONE_TOKEN) continue;

    const chosen = growBestFirst(match, continuationsOf, {
      nodes: Math.min(budget.nodes, Math.floor(NODES_PER_MATCHED_TOKEN * matchLength)),
      depth: budget.depth,
      minPathProbability: MIN_PATH_PROBABILITY,
    });
    const score = expectedAccepted(chosen);
    if (score >= least && score >= (best?.score ?? 0) - ROUNDING) best = { matchLength, chosen, score };
  }
  return best;
}

function treeOf({ chosen, matchLength }: Proposal, trie: SuffixTrie, source: string): DraftTree {
  const tree = new DraftTreeBuilder();
  for (const { state, parent, q } of chosen) {
    tree.add(parent, trie.token(state), q, `${source}:${matchLength}`);
  }
  return tree.build();
}

/** Suffix decoding. */
export const suffix = {
  description,
  create: ({ memory }) => new SuffixDrafter(memory.of(earlierOutputs)),
} satisfies DrafterEntry;
