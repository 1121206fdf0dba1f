import type { DraftNode } from '../draftModel';

/** A row of a round's draft: where it stands. */
export interface Lineage extends DraftNode {
  /** 1 for one after the root. */
  readonly depth: number;
  /** Its own row and those of the nodes above it. */
  readonly ancestors: ReadonlySet<number>;
}

/** Where the node stands as row `row` behind the rows that are there. */
export function lineageOf(rows: readonly Lineage[], node: DraftNode, row: number): Lineage {
  const parent = node.parent < 0 ? null : rows[node.parent];
  return {
    ...node,
    depth: (parent?.depth ?? 0) + 1,
    ancestors: new Set([...(parent?.ancestors ?? []), row]),
  };
}
