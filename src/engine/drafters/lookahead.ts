import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import { keyedUniform } from '../../decoding/random';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { JacobiWindow } from './jacobiWindow';
import { NgramPool } from './ngramPool';

/** Columns of the window (W), length of an n-gram (N), and n-grams kept for each token (G). */
const WINDOW = 3;
const NGRAM = 4;
const GUESSES = 3;
/** Tokens that the pool knows n-grams after: some 2 MB. */
const MAX_TOKENS = 1 << 13;
/** The first guesses are tokens of the text, chosen by this seed. */
const SEED = 0;

const description: DrafterDescription = {
  id: 'lookahead',
  name: 'Lookahead decoding',
  kind: 'n-gram',
  summary:
    'Lets the target continue guesses of the text ahead in every forward and proposes the n-grams that come of it.',
  needs: 'nothing',
  qIsLaw: false,
  divisible: false,
};

/**
 * Lookahead decoding (Fu, Bailis, Stoica, Zhang, ICML 2024, arXiv 2402.02057): the target's own forwards also
 * continue a small window of guesses, the n-grams that this writes are pooled by their first token, and those
 * after the root token are the draft. The text's own n-grams are pooled too.
 *
 * Both share the budget: the latest n-grams take up to half of it, the window what it needs of the rest, and
 * further n-grams what is left.
 */
class LookaheadDrafter implements Drafter {
  readonly description = description;
  private pool = newPool();
  private window: JacobiWindow | null = null;
  /** The text's last tokens, fewer than an n-gram. */
  private tail: number[] = [];
  private length = 0;
  /** The last draft, and the nodes whose successors continue the window's columns. */
  private proposed: { readonly draft: DraftTree; readonly ends: readonly number[] } | null = null;

  reset(tokens: readonly number[]): void {
    this.pool = newPool();
    this.window = null;
    this.tail = [];
    this.length = 0;
    this.proposed = null;
    this.append(tokens);
  }

  propose({ tokens }: SequenceState, budget: Budget): DraftTree {
    if (tokens.length !== this.length) {
      throw new Error(`Lookahead decoding knows ${this.length} tokens of a text of ${tokens.length}.`);
    }
    const root = tokens.at(-1);
    if (root === undefined || Math.min(budget.nodes, budget.depth) === 0) return EMPTY_DRAFT;

    this.window ??= new JacobiWindow(tokensAtRandom(tokens, WINDOW), NGRAM - 1);
    const guesses = this.pool.after(root);
    const tree = new DraftTreeBuilder();
    addGuesses(tree, guesses, { nodes: Math.floor(budget.nodes / 2), depth: budget.depth });
    const ends = this.window.addTo(tree, root, budget);
    addGuesses(tree, guesses, budget);
    const draft = tree.build();
    this.proposed = { draft, ends };
    return draft;
  }

  commit(walk: Walk, scored: Scored, draft: DraftTree): void {
    if (this.proposed?.draft === draft) {
      for (const [column, end] of this.proposed.ends.entries()) {
        const ngram = this.window?.advance(column, scored.topToken[(end + 1) * scored.topK]) ?? null;
        if (ngram !== null) this.pool.add(ngram[0], ngram.slice(1));
      }
    }
    this.proposed = null;
    this.append(walk.emitted);
  }

  dispose(): void {
    this.reset([]);
  }

  private append(tokens: readonly number[]): void {
    for (const token of tokens) {
      this.tail.push(token);
      if (this.tail.length < NGRAM) continue;
      this.pool.add(this.tail[0], this.tail.slice(1));
      this.tail.shift();
    }
    this.length += tokens.length;
  }
}

function newPool(): NgramPool {
  return new NgramPool(GUESSES, MAX_TOKENS);
}

function tokensAtRandom(tokens: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => tokens[Math.floor(keyedUniform(SEED, i) * tokens.length)]);
}

/** Adds paths of tokens below the root token, those that two have in common once, until the tree is full. */
function addGuesses(
  tree: DraftTreeBuilder,
  guesses: readonly (readonly number[])[],
  limits: { readonly nodes: number; readonly depth: number },
): void {
  for (const [rank, guess] of guesses.entries()) {
    let parent = -1;
    for (const token of guess.slice(0, limits.depth)) {
      if (tree.size >= limits.nodes) return;
      parent = tree.add(parent, token, NaN, `lookahead-pool:${rank + 1}`);
    }
  }
}

/** Lookahead decoding. */
export const lookahead = { description, create: () => new LookaheadDrafter() } satisfies DrafterEntry;
