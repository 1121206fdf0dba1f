import type { TreeShape } from './treeShape';

/** The ranks, from 0, on the way down to each node, parents before children. */
const PATHS: readonly string[] = [
  ...['0', '1', '2', '3'],
  ...['00', '01', '02', '10', '11', '20', '21', '30'],
  ...['000', '001', '002', '010', '011', '020', '021', '100'],
  ...['0000', '0001', '0002'],
  ...['00000', '00001'],
];

/** Steps to a node from the root: down, and aside from the most probable child. A node has more than its parent. */
const steps = (path: string): number => path.length + [...path].reduce((sum, rank) => sum + Number(rank), 0);

/**
 * The static tree of EAGLE-1 (Li et al., ICML 2024, arXiv 2401.15077): 25 nodes, 5 levels. Of a smaller budget's nodes
 * it keeps those with the fewest steps from the root, the deeper of two alike: the most probable path stays longest.
 */
export function eagleTreeShape(limits: { readonly nodes: number; readonly depth: number }): TreeShape {
  const nearest = PATHS.filter((path) => path.length <= limits.depth)
    .sort((a, b) => steps(a) - steps(b) || b.length - a.length)
    .slice(0, limits.nodes);
  const kept = PATHS.filter((path) => nearest.includes(path));
  return {
    parent: kept.map((path) => kept.indexOf(path.slice(0, -1))),
    rank: kept.map((path) => Number(path.slice(-1))),
    depth: kept.map((path) => path.length),
  };
}
