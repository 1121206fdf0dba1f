import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, rowTokens, type DraftTree } from '../../decoding/draftTree';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { growBestFirst, type Continuation } from './bestFirst';
import { candidateMatrix, type CandidateMatrix } from './candidateMatrix';

/** No node whose path is less probable than this. */
const MIN_PATH_PROBABILITY = 0.05;

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

/** A node of the tree to come: the candidate of a rank, from 0. */
interface Ranked {
  readonly token: number;
  readonly rank: number;
}

/**
 * Token recycling (Luo et al. 2024, arXiv 2408.08696): the candidates that a forward computes anyway, those of
 * rejected nodes too, are kept for each token, and a tree of candidates of candidates is the next draft.
 *
 * Where the original follows one fixed tree, this one grows best first with the measured rate at which each
 * rank is chosen, so that it fits any budget; `q` is that rate.
 */
class TokenRecyclingDrafter implements Drafter {
  readonly description = description;
  private root: number | null = null;

  constructor(private readonly matrix: CandidateMatrix) {}

  reset(tokens: readonly number[]): void {
    this.root = tokens.at(-1) ?? null;
  }

  propose({ tokens }: SequenceState, budget: Budget): DraftTree {
    const root = tokens.at(-1);
    if (root === undefined) return EMPTY_DRAFT;
    const { matrix } = this;
    const continuationsOf = function* ({ token }: Pick<Ranked, 'token'>): Generator<Continuation<Ranked>> {
      for (const [rank, candidate] of matrix.after(token).entries()) {
        yield { state: { token: candidate, rank }, q: matrix.rate(rank) };
      }
    };
    const limits = { nodes: budget.nodes, depth: budget.depth, minPathProbability: MIN_PATH_PROBABILITY };
    const tree = new DraftTreeBuilder();
    for (const { state, parent, q } of growBestFirst({ token: root, rank: 0 }, continuationsOf, limits)) {
      tree.add(parent, state.token, q, `token-recycling:${state.rank + 1}`);
    }
    return tree.build();
  }

  commit(walk: Walk, scored: Scored, draft: DraftTree): void {
    if (this.root === null) throw new Error('Token recycling was told of a round before it got a text.');
    const tokens = rowTokens(draft, this.root);
    for (const { row, token } of walk.choices) this.matrix.observe(tokens[row], token);
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
}

/** Token recycling. */
export const tokenRecycling = {
  description,
  create: ({ memory }) => new TokenRecyclingDrafter(memory.of(candidateMatrix)),
} satisfies DrafterEntry;
