import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, rowTokens, type DraftTree } from '../../decoding/draftTree';
import { bestTreeShape, type TreeShape } from '../../decoding/treeShape';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { CandidateReader, Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { candidateMatrix, type CandidateMatrix } from './candidateMatrix';

/** Expected accepted tokens that a node must add where the budget names no price. */
const LEAST_GAIN = 0.05;
/** Rounds that a shape serves before it is computed anew from the rates of by then. */
const SHAPE_ROUNDS = 32;

const description: DrafterDescription = {
  id: 'token-recycling',
  name: 'Token recycling',
  kind: 'n-gram',
  summary:
    'Remembers the eight likeliest successors of every token the target has seen and proposes a tree of them.',
  needs: 'nothing',
  qIsLaw: false,
  divisible: true,
};

/** The shape in use, and what it was made for. */
interface Shaped {
  readonly shape: TreeShape;
  /** `[depth][rank]`; the last line holds for deeper levels too. */
  readonly rates: readonly (readonly number[])[];
  readonly budget: Budget;
  rounds: number;
}

/**
 * Token recycling (Luo et al. 2024, arXiv 2408.08696): the candidates that a forward computes anyway, those of
 * rejected nodes too, are kept for each token, and a tree of candidates of candidates is the next draft.
 *
 * The prompt's tokens are forwards too: after each that occurs in it, its last place has the word.
 *
 * Where the original follows one fixed tree, this one has the shape that is best for the budget by the measured
 * rates at which each rank is chosen at each depth; `q` is that rate.
 */
class TokenRecyclingDrafter implements Drafter {
  readonly description = description;
  readonly candidates: CandidateReader = {
    wanted: lastPlaces,
    read: (token, candidates) => this.matrix.replace(token, candidates),
  };
  private root: number | null = null;
  private shaped: Shaped | null = null;

  constructor(private readonly matrix: CandidateMatrix) {}

  reset(tokens: readonly number[]): void {
    this.root = tokens.at(-1) ?? null;
  }

  propose({ tokens }: SequenceState, budget: Budget): DraftTree {
    const root = tokens.at(-1);
    if (root === undefined) return EMPTY_DRAFT;
    const { shape, rates } = this.shapeFor(budget);
    const tree = new DraftTreeBuilder();
    /** By node of the shape: its node in the tree, and its token; null where no such candidate is known. */
    const placed: ({ readonly node: number; readonly token: number } | null)[] = [];
    shape.rank.forEach((rank, i) => {
      const parent = shape.parent[i] < 0 ? { node: -1, token: root } : placed[shape.parent[i]];
      const token = parent === null ? undefined : this.matrix.after(parent.token).at(rank);
      if (parent === null || token === undefined) return placed.push(null);
      const q = rates[Math.min(shape.depth[i], rates.length) - 1][rank];
      placed.push({ node: tree.add(parent.node, token, q, `token-recycling:${rank + 1}`), token });
    });
    return tree.build();
  }

  commit(walk: Walk, scored: Scored, draft: DraftTree): void {
    if (this.root === null) throw new Error('Token recycling was told of a round before it got a text.');
    const tokens = rowTokens(draft, this.root);
    walk.choices.forEach(({ row, token }, i) => this.matrix.observe(tokens[row], token, i + 1));
    const learn = (row: number) =>
      this.matrix.replace(tokens[row], scored.topToken.subarray(row * scored.topK, (row + 1) * scored.topK));
    for (let row = 0; row < scored.rows; row++) learn(row);
    // Once more, so that for a token that stands in several rows its place in the text has the last word.
    for (const { row } of walk.choices) learn(row);
    this.root = walk.emitted[walk.emitted.length - 1];
  }

  dispose(): void {
    this.root = null;
  }

  /** The one in use, unless it is old or was made for another budget. */
  private shapeFor(budget: Budget): Shaped {
    const old = this.shaped;
    if (old !== null && old.rounds < SHAPE_ROUNDS && sameLimits(old.budget, budget)) {
      old.rounds++;
      return old;
    }
    const { rates } = this.matrix;
    const least = Math.max(LEAST_GAIN, budget.price.node);
    this.shaped = { shape: bestTreeShape(rates, budget, least), rates, budget, rounds: 1 };
    return this.shaped;
  }
}

/** Where each of a text's tokens but the last one stands for the last time before that, rising. */
function lastPlaces(tokens: readonly number[]): number[] {
  const places = new Map(tokens.slice(0, -1).map((token, place) => [token, place]));
  return [...places.values()].sort((a, b) => a - b);
}

/** Prices move a little every round; that alone is no reason for a new shape. */
function sameLimits(a: Budget, b: Budget): boolean {
  return a.nodes === b.nodes && a.depth === b.depth;
}

/** Token recycling. */
export const tokenRecycling = {
  description,
  create: ({ memory }) => new TokenRecyclingDrafter(memory.of(candidateMatrix)),
} satisfies DrafterEntry;
