import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, SequenceState } from '../drafter';
import type { DrafterEntry } from './catalogue';
import { SuffixTrie } from './suffixTrie';

/** Longest substring that is counted: a match and its continuation together. */
const MAX_LENGTH = 24;
/** Some 40 MB at most; a text of 8,192 tokens stays below a fifth of it. */
const MAX_NODES = 1 << 20;
/** Nodes drafted per matched token: a longer match earns a larger draft. */
const NODES_PER_MATCHED_TOKEN = 1;
/** No node whose path is less probable than this. */
const MIN_PATH_PROBABILITY = 0.1;
/** Accepted tokens that a draft must promise. */
const MIN_SCORE = 0.5;
/** A match of one token that was continued less often than this says nothing about what comes next. */
const MIN_CONTINUATIONS_OF_ONE_TOKEN = 2;

const description: DrafterDescription = {
  id: 'suffix',
  name: 'Suffix decoding',
  kind: 'n-gram',
  summary: 'Counts what followed the longest repeats in this text and proposes a tree of the likeliest.',
  qIsLaw: false,
};

/** A node of a growing tree: a continuation and how probable the counts make it. */
interface Candidate {
  readonly trieNode: number;
  /** Index among the chosen candidates, -1 for a continuation of the match itself. */
  readonly parent: number;
  readonly depth: number;
  /** Count of the continuation over the continuations of its parent. */
  readonly q: number;
  /** Product of `q` from the match down. */
  readonly pathProbability: number;
}

/** The best tree after one match. */
interface Proposal {
  readonly matchLength: number;
  readonly chosen: readonly Candidate[];
  /** Expected accepted tokens: the sum of the path probabilities. */
  readonly score: number;
}

/**
 * Suffix decoding (Oliaro, Jia, Campos, Qiao, NeurIPS 2025, arXiv 2411.04975) over the request's own text.
 * For every length of match with the text's end it grows the most probable tree that the match's budget
 * allows, and proposes the one with the most expected accepted tokens, the longer match on a tie.
 *
 * A match without weight drafts nothing: one that nothing followed yet, a single token that was followed only
 * once, or a tree that promises less than half a token.
 */
class SuffixDrafter implements Drafter {
  readonly description = description;
  private trie = newTrie();
  private length = 0;

  reset(tokens: readonly number[]): void {
    this.trie = newTrie();
    this.length = 0;
    this.append(tokens);
  }

  propose({ tokens }: SequenceState, budget: Budget): DraftTree {
    if (tokens.length !== this.length) {
      throw new Error(`Suffix decoding knows ${this.length} tokens of a text of ${tokens.length}.`);
    }
    const best = bestProposal(this.trie, budget);
    if (best === null) return EMPTY_DRAFT;

    const tree = new DraftTreeBuilder();
    for (const { trieNode, parent, q } of best.chosen) {
      tree.add(parent, this.trie.token(trieNode), q, `suffix:${best.matchLength}`);
    }
    return tree.build();
  }

  commit(walk: Walk): void {
    this.append(walk.emitted);
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

function bestProposal(trie: SuffixTrie, budget: Budget): Proposal | null {
  let best: Proposal | null = null;
  for (let matchLength = 1; matchLength <= trie.suffixLength; matchLength++) {
    const match = trie.suffix(matchLength);
    const continued = trie.continued(match);
    // What a match never had, a longer one, which occurs only where it does, never had either.
    if (continued === 0) break;
    if (matchLength === 1 && continued < MIN_CONTINUATIONS_OF_ONE_TOKEN) continue;

    const nodes = Math.min(budget.nodes, Math.floor(NODES_PER_MATCHED_TOKEN * matchLength));
    const chosen = growTree(trie, match, nodes, budget.depth);
    const score = chosen.reduce((sum, { pathProbability }) => sum + pathProbability, 0);
    if (score >= MIN_SCORE && score >= (best?.score ?? 0)) best = { matchLength, chosen, score };
  }
  return best;
}

/**
 * The most probable continuations of `match`, parents before children: since a path is never more probable
 * than its beginning, taking the most probable candidate next is also the best tree of each size. Ties go to
 * the shallower one, whose counts are larger, then to the one first seen last.
 */
function growTree(trie: SuffixTrie, match: number, maxNodes: number, maxDepth: number): Candidate[] {
  const chosen: Candidate[] = [];
  const frontier: Candidate[] = [];
  const offerChildren = (node: number, parent: number, depth: number, pathProbability: number) => {
    if (depth > maxDepth) return;
    for (const child of trie.children(node)) {
      const q = trie.count(child) / trie.continued(node);
      if (pathProbability * q < MIN_PATH_PROBABILITY) continue;
      frontier.push({ trieNode: child, parent, depth, q, pathProbability: pathProbability * q });
    }
  };

  offerChildren(match, -1, 1, 1);
  // At most ten paths at a depth can reach the least probability, so the frontier is short.
  while (chosen.length < maxNodes && frontier.length > 0) {
    const next = frontier.reduce((a, b) => (comesBefore(b, a) ? b : a));
    frontier.splice(frontier.indexOf(next), 1);
    chosen.push(next);
    offerChildren(next.trieNode, chosen.length - 1, next.depth + 1, next.pathProbability);
  }
  return chosen;
}

function comesBefore(a: Candidate, b: Candidate): boolean {
  if (a.pathProbability !== b.pathProbability) return a.pathProbability > b.pathProbability;
  return a.depth < b.depth;
}

/** Suffix decoding. */
export const suffix: DrafterEntry = { description, create: () => new SuffixDrafter() };
