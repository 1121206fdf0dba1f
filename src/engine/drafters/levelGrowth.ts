import { childrenOf, DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { TreeShape } from '../../decoding/treeShape';
import type { DraftNode } from '../draftModel';
import type { Candidate } from './childChoice';

/** What guesses level by level: a draft model or a head. `S` is what it says of some rows. */
export interface LevelGuesser<S extends object> {
  /** Begins a round: one row, after the root token. Null where nothing can be guessed. */
  first(): Promise<S | null>;
  /** The next level, in one run at most; see `DraftModel.extend`. */
  next(nodes: readonly DraftNode[]): Promise<S>;
  /**
   * The children that a row offers, by falling probability.
   *
   * @param path the tokens from the root's child down to the row's node
   */
  children(scores: S, row: number, path: readonly number[]): readonly Candidate[];
  /** Who proposes the child of that rank, from 0, at that depth, from 1: the node's source. */
  source(depth: number, rank: number): string;
}

export interface LevelLimits {
  readonly nodes: number;
  readonly depth: number;
  /** No node whose path is less probable than this. */
  readonly minPathProbability: number;
  /** No further level where the nodes to go on from do not have this probability together. */
  readonly minLevelProbability: number;
}

/** A node that could be in the tree. */
interface Grown extends Candidate {
  readonly rank: number;
  readonly parent: Grown | null;
  readonly depth: number;
  readonly pathProbability: number;
  /** The guesser's row of the node, once it has been run. */
  row: number;
}

/** Which nodes of a level a guesser is run on, where that costs more than a few improbable nodes are worth. */
export interface Thrift {
  /** Nodes of level 0, 1, ... at most, and of all further levels as of the last one. */
  readonly widths: readonly number[];
  /** No node whose child would not be among the best yet if it had this probability. */
  readonly childProbability: number;
}

/** What leaves no node of the most probable tree out. */
const WITHOUT_LOSS: Thrift = { widths: [Infinity], childProbability: 1 };

/**
 * The tree of the most probable paths, as the guesser scores them (EAGLE-2, Li et al., EMNLP 2024). A level's nodes are
 * run at once, of them only those that are among the best so far: more candidates can only push a node out.
 *
 * With thrift a child that is more probable than `childProbability` may be missed, but then its path is at most
 * `1 / childProbability` times as probable as the one that stands in its place.
 */
export async function growByScore<S extends object>(
  guesser: LevelGuesser<S>,
  limits: LevelLimits,
  { widths, childProbability }: Thrift = WITHOUT_LOSS,
): Promise<DraftTree> {
  let best: Grown[] = [];
  await byLevel(guesser, limits, (offered, depth) => {
    // The sort is stable and no path is more probable than its beginning, so parents stay before their children.
    best = [...best, ...offered].sort((a, b) => b.pathProbability - a.pathProbability).slice(0, limits.nodes);
    const least = best.length < limits.nodes ? 0 : best[best.length - 1].pathProbability;
    return best
      .filter((node) => node.depth === depth && node.pathProbability * childProbability >= least)
      .slice(0, widths[Math.min(depth, widths.length) - 1]);
  });
  return treeOf(guesser, best);
}

/** Part of the most probable child's probability below which a sibling is left out, and what children make up. */
const LEAST_OF_BEST = 1 / 4;
const TOP_P = 0.8;

/**
 * Clover's sampler (Xiao et al. 2024, arXiv 2405.00263): of each node's children the nucleus, without those that are
 * far less probable than the first; of a level's, the most probable paths; and what a level takes of the nodes is gone
 * for the levels below it.
 */
export async function growByNucleus<S extends object>(
  guesser: LevelGuesser<S>,
  limits: LevelLimits,
): Promise<DraftTree> {
  const chosen: Grown[] = [];
  const sparing: LevelGuesser<S> = {
    first: () => guesser.first(),
    next: (nodes) => guesser.next(nodes),
    children: (scores, row, path) => nucleus(guesser.children(scores, row, path)),
    source: (depth, rank) => guesser.source(depth, rank),
  };
  await byLevel(sparing, limits, (offered) => {
    const ordered = [...offered].sort((a, b) => b.pathProbability - a.pathProbability);
    const taken = ordered.slice(0, limits.nodes - chosen.length);
    chosen.push(...taken);
    return chosen.length === limits.nodes ? [] : taken;
  });
  return treeOf(guesser, chosen);
}

function nucleus(children: readonly Candidate[]): readonly Candidate[] {
  let sum = 0;
  return children.filter(({ q }) => {
    const taken = sum <= TOP_P && q >= LEAST_OF_BEST * children[0].q;
    sum += q;
    return taken;
  });
}

/** A tree of a given shape, a level by one run; where a row has too few children, places stay empty. */
export async function growShape<S extends object>(
  guesser: LevelGuesser<S>,
  shape: TreeShape,
): Promise<DraftTree> {
  const placed = new Map<Grown, number>();
  const open = (node: Grown | null) => childrenOf(shape, node === null ? -1 : (placed.get(node) ?? -1));
  const grown: Grown[] = [];
  const depth = shape.depth.reduce((a, b) => Math.max(a, b), 0);
  const limits = { nodes: shape.parent.length, depth, minPathProbability: 0, minLevelProbability: 0 };
  await byLevel(guesser, limits, (offered) => {
    const taken: Grown[] = [];
    for (const node of offered) {
      const place = open(node.parent).find((child) => shape.rank[child] === node.rank);
      if (place === undefined) continue;
      placed.set(node, place);
      taken.push(node);
    }
    grown.push(...taken);
    return taken.filter((node) => open(node).length > 0);
  });
  return treeOf(guesser, grown);
}

/**
 * Grows level by level.
 *
 * @param choose of the nodes that a level offers, those to go on from; it may keep the others
 */
async function byLevel<S extends object>(
  guesser: LevelGuesser<S>,
  limits: LevelLimits,
  choose: (offered: readonly Grown[], depth: number) => readonly Grown[],
): Promise<void> {
  if (Math.min(limits.nodes, limits.depth) === 0) return;
  const first = await guesser.first();
  if (first === null) return;
  let scores: S = first;
  let parents: readonly (Grown | null)[] = [null];
  let rows = 0;
  for (let depth = 1; ; depth++) {
    const offered = parents.flatMap((parent, row) =>
      offers(guesser.children(scores, row, pathOf(parent)), parent, limits.minPathProbability),
    );
    const frontier = choose(offered, depth);
    const probability = frontier.reduce((sum, node) => sum + node.pathProbability, 0);
    if (depth === limits.depth || frontier.length === 0 || probability < limits.minLevelProbability) return;
    for (const node of frontier) node.row = rows++;
    scores = await guesser.next(frontier.map(({ token, parent }) => ({ token, parent: parent?.row ?? -1 })));
    parents = frontier;
  }
}

function offers(children: readonly Candidate[], parent: Grown | null, least: number): Grown[] {
  const grown: Grown[] = [];
  for (const [rank, { token, q }] of children.entries()) {
    const pathProbability = q * (parent?.pathProbability ?? 1);
    if (pathProbability < least) break;
    grown.push({ token, q, rank, parent, depth: (parent?.depth ?? 0) + 1, pathProbability, row: -1 });
  }
  return grown;
}

function pathOf(node: Grown | null): number[] {
  return node === null ? [] : [...pathOf(node.parent), node.token];
}

/** @param nodes parents first */
function treeOf<S extends object>(guesser: LevelGuesser<S>, nodes: readonly Grown[]): DraftTree {
  if (nodes.length === 0) return EMPTY_DRAFT;
  const tree = new DraftTreeBuilder();
  const places = new Map<Grown | null, number>([[null, -1]]);
  for (const node of nodes) {
    const parent = places.get(node.parent);
    if (parent === undefined) throw new Error('a drafted node is better than its parent');
    places.set(node, tree.add(parent, node.token, node.q, guesser.source(node.depth, node.rank)));
  }
  return tree.build();
}
