import type { Budget } from '../../decoding/budget';
import { childrenOf, DraftTreeBuilder, type DraftTree } from '../../decoding/draftTree';
import type { Walk } from '../../decoding/walk';
import type { DraftRunner } from '../draftModel';
import { growBestFirst, type Continuation, type GrownNode } from './bestFirst';
import type { ChildChoice } from './childChoice';
import { growByScore, type LevelLimits } from './levelGrowth';
import type { RankRates } from './rankRates';

/** No node whose path is less probable than this, where the budget names no price. */
const MIN_PATH_PROBABILITY = 0.05;
/** Children that a node may have. */
const MAX_CHILDREN = 8;
/** How often the target takes the child of each rank among drawn ones, as it is taken for before any was seen. */
export const PRIOR_RATES: readonly number[] = [0.6, 0.12, 0.06, 0.04, 0.03, 0.02, 0.02, 0.01];

/** Where a draft begins. */
export interface DraftStart {
  readonly model: DraftRunner;
  readonly choice: ChildChoice;
  /** The text as the draft model knows it. */
  readonly text: readonly number[];
  /** Position of the root token in the target's text. */
  readonly root: number;
  /** The drafter, for the nodes' source. */
  readonly name: string;
}

/** The tree of the most probable paths, as the draft model scores them; as a chain, the most probable token each time. */
export async function growByDraftModel(
  start: DraftStart,
  isChain: boolean,
  budget: Budget,
): Promise<DraftTree> {
  const { model, choice, text, root, name } = start;
  return growByScore(
    {
      first: () => model.begin(text, choice.needsLogits),
      next: (nodes) => model.extend(nodes, choice.needsLogits),
      children(scores, row, path) {
        const place = { root, row: 0, depth: path.length, text: [...text, ...path] };
        return choice.after(scores, row, place, isChain ? 1 : MAX_CHILDREN).children;
      },
      source: (_depth, rank) => `${name}:${rank + 1}`,
    },
    { nodes: budget.nodes, depth: budget.depth, ...floorOf(budget) },
  );
}

/** What a node's path, and the paths of a level together, must promise: what they cost, where the budget tells. */
function floorOf({ price }: Budget): Pick<LevelLimits, 'minPathProbability' | 'minLevelProbability'> {
  return price.node > 0
    ? { minPathProbability: price.node, minLevelProbability: price.level }
    : { minPathProbability: MIN_PATH_PROBABILITY, minLevelProbability: 0 };
}

/**
 * The shape of a draft whose tokens are to be drawn: the tree of the best chances, by how often each rank was taken.
 * It has a first node however bad the chances are, or they would never be seen to improve.
 */
export function drawnShape(rates: RankRates, isChain: boolean, budget: Budget): DraftShape {
  const ranks = isChain ? 1 : rates.ranks;
  const continuations: Continuation<null>[] = Array.from({ length: ranks }, (_, rank) => ({
    state: null,
    q: rates.rate(rank),
  }));
  const { minPathProbability } = floorOf(budget);
  const limits = { nodes: budget.nodes, depth: budget.depth, minPathProbability };
  const shape = growBestFirst(null, () => continuations, limits);
  return shape.length > 0 || Math.min(limits.nodes, limits.depth) === 0 ? shape : [{ parent: -1 }];
}

/** Places for tokens to be drawn, parents before children. */
type DraftShape = readonly Pick<GrownNode<null>, 'parent'>[];

/** A node of the draft that takes a place of the shape. */
interface Placed {
  readonly place: number;
  readonly node: number;
  readonly path: readonly number[];
  /** The draft model's row of its parent, -1 for the text. */
  readonly parentRow: number;
}

/** Fills a shape with drawn tokens, a level by one forward. Where a law has too few tokens, places stay empty. */
export async function drawTree(start: DraftStart, shape: DraftShape): Promise<DraftTree> {
  const { model, choice, text, root, name } = start;
  const places = { parent: shape.map(({ parent }) => parent) };
  const tree = new DraftTreeBuilder();
  const laws: (Float64Array | null)[] = [null];
  let level: Placed[] = [{ place: -1, node: -1, path: [], parentRow: -1 }];
  let scores = await model.begin(text, choice.needsLogits);
  /** The draft model's row of the level's first node. */
  let first = -1;
  for (let depth = 0; ; depth++) {
    const next: Placed[] = [];
    for (const [row, { place, node, path }] of level.entries()) {
      const open = childrenOf(places, place);
      const at = { root, row: node + 1, depth, text: [...text, ...path] };
      const { children, law } = choice.after(scores, row, at, open.length);
      laws[node + 1] = law;
      for (const [rank, { token, q }] of children.entries()) {
        const child = tree.add(node, token, q, `${name}:${rank + 1}`);
        laws.push(null);
        next.push({ place: open[rank], node: child, path: [...path, token], parentRow: first + row });
      }
    }
    first += level.length;
    level = next.filter(({ place }) => places.parent.includes(place));
    if (level.length === 0) break;
    const nodes = level.map(({ path, parentRow }) => ({ token: path[path.length - 1], parent: parentRow }));
    scores = await model.extend(nodes, choice.needsLogits);
  }
  return tree.build(laws.some((law) => law !== null) ? laws : undefined);
}

/** Learns which rank the target took wherever it came by children that this drafter drew. */
export function observeRanks(rates: RankRates, walk: Walk, draft: DraftTree, name: string): void {
  for (const { row } of walk.choices) {
    const children = childrenOf(draft, row - 1).filter((child) => draft.source[child].startsWith(name));
    if (children.length === 0) continue;
    rates.observe(
      children.findIndex((child) => walk.state[child] === 'accepted'),
      children.length,
    );
  }
}
