/** Relations between the nodes of one round's draft. */
type Draft = { readonly parent: readonly number[] };

/** The children of a node, or of the root token for -1, in their order. */
export function childrenOf({ parent }: Draft, of: number): number[] {
  const children: number[] = [];
  for (let node = of + 1; node < parent.length; node++) if (parent[node] === of) children.push(node);
  return children;
}
