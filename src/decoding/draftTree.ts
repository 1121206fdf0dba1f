/**
 * A draft: the tokens that a drafter proposes after the *root token* (the last committed token, whose
 * successor is not known yet). Struct of arrays, parents before children; `n` nodes.
 *
 * In the target's forward the root token is row 0 and node `i` is row `i + 1`, so that the row of a node's
 * parent is `parent[i] + 1` for every node.
 */
export interface DraftTree {
  /** `[n]` token ids. */
  readonly token: Int32Array;
  /** `[n]` index of the parent node, -1 for a child of the root token. Always smaller than the own index. */
  readonly parent: Int32Array;
  /** `[n]` distance from the root token: 1 for its children. */
  readonly depth: Int32Array;
  /** `[n]` the drafter's probability of the token after its parent; NaN where it has none. */
  readonly q: Float64Array;
  /** `[n]` who proposed the node, for example `suffix:7` (a match of 7 tokens). */
  readonly source: readonly string[];
  /**
   * `[n + 1]` by row, the root token's first: the law `[vocabulary]` that the children of the row were drawn
   * from, one after another in the order of their nodes and without replacement; null for a row without
   * children. Only a drafter that drew its tokens has laws.
   */
  readonly laws?: readonly (Float64Array | null)[];
}

/** The draft of a round that does not speculate. */
export const EMPTY_DRAFT: DraftTree = {
  token: new Int32Array(0),
  parent: new Int32Array(0),
  depth: new Int32Array(0),
  q: new Float64Array(0),
  source: [],
};

/** Builds a draft node by node, so that parents come first and siblings never repeat a token. */
export class DraftTreeBuilder {
  private readonly token: number[] = [];
  private readonly parent: number[] = [];
  private readonly depth: number[] = [];
  private readonly q: number[] = [];
  private readonly source: string[] = [];

  get size(): number {
    return this.token.length;
  }

  /**
   * Adds a child of `parent` (-1 for the root token) and returns its index. A token that the parent already
   * has as a child is not added twice: the index of the first is returned.
   */
  add(parent: number, token: number, q: number, source: string): number {
    const twin = childWithToken({ parent: this.parent, token: this.token }, parent, token);
    if (twin >= 0) return twin;
    this.token.push(token);
    this.parent.push(parent);
    this.depth.push(parent < 0 ? 1 : this.depth[parent] + 1);
    this.q.push(q);
    this.source.push(source);
    return this.token.length - 1;
  }

  /** @param laws what the children of each row were drawn from, where they were drawn; see `DraftTree.laws` */
  build(laws?: readonly (Float64Array | null)[]): DraftTree {
    return {
      token: Int32Array.from(this.token),
      parent: Int32Array.from(this.parent),
      depth: Int32Array.from(this.depth),
      q: Float64Array.from(this.q),
      source: this.source,
      ...(laws === undefined ? {} : { laws }),
    };
  }
}

/** `[n + 1]` the tree's rows as token ids: the root token, then the nodes. */
export function rowTokens(draft: DraftTree, rootToken: number): Int32Array {
  const rows = new Int32Array(draft.token.length + 1);
  rows[0] = rootToken;
  rows.set(draft.token, 1);
  return rows;
}

/** `[n + 1]` each row's position in the text, where `past` tokens stand before the root token. */
export function rowPositions(draft: DraftTree, past: number): Int32Array {
  const positions = new Int32Array(draft.depth.length + 1);
  positions[0] = past;
  for (let i = 0; i < draft.depth.length; i++) positions[i + 1] = past + draft.depth[i];
  return positions;
}

/**
 * Which rows a row may attend to among the tree's own: itself and its ancestors, the root token included.
 *
 * @returns `[(n + 1) * (n + 1)]` row-major, 1 where the column is visible to the row.
 */
export function ancestorMask(draft: DraftTree): Uint8Array {
  const rows = draft.parent.length + 1;
  const mask = new Uint8Array(rows * rows);
  mask[0] = 1;
  for (let row = 1; row < rows; row++) {
    const parentRow = draft.parent[row - 1] + 1;
    mask.copyWithin(row * rows, parentRow * rows, parentRow * rows + rows);
    mask[row * rows + row] = 1;
  }
  return mask;
}

/** The child of `parent` (-1 for the root token) that carries `token`, or -1. */
export function childWithToken(
  draft: { readonly parent: ArrayLike<number>; readonly token: ArrayLike<number> },
  parent: number,
  token: number,
): number {
  for (let i = parent + 1; i < draft.token.length; i++) {
    if (draft.parent[i] === parent && draft.token[i] === token) return i;
  }
  return -1;
}

/** The children of a node (-1 for the root token), in the order in which they were proposed. */
export function childrenOf({ parent }: { readonly parent: ArrayLike<number> }, node: number): number[] {
  const children: number[] = [];
  for (let child = node + 1; child < parent.length; child++) if (parent[child] === node) children.push(child);
  return children;
}

/**
 * The draft of the given nodes alone.
 *
 * @param kept node indices, rising, with every node's parent among them
 */
export function keepNodes(draft: DraftTree, kept: readonly number[]): DraftTree {
  const place = new Map(kept.map((node, i) => [node, i]));
  const placeOf = (parent: number): number => {
    const found = parent < 0 ? -1 : place.get(parent);
    if (found === undefined) throw new Error(`node ${parent} has children but is not kept`);
    return found;
  };
  return {
    token: Int32Array.from(kept, (node) => draft.token[node]),
    parent: Int32Array.from(kept, (node) => placeOf(draft.parent[node])),
    depth: Int32Array.from(kept, (node) => draft.depth[node]),
    q: Float64Array.from(kept, (node) => draft.q[node]),
    source: kept.map((node) => draft.source[node]),
    ...(draft.laws === undefined
      ? {}
      : { laws: [-1, ...kept].map((node) => draft.laws?.[node + 1] ?? null) }),
  };
}

/** A source is a name, and the length of a match where there was one, else 0. */
export function splitSource(source: string): { readonly name: string; readonly length: number } {
  const [, name, length] = /^(.*):(\d+)$/.exec(source) ?? ['', source, '0'];
  return { name, length: Number(length) };
}
