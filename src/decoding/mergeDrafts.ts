import { DraftTreeBuilder, splitSource, type DraftTree } from './draftTree';

/** A draft with what is believed of its nodes. */
export interface Offer {
  readonly draft: DraftTree;
  /** `[n]` probability that each node is accepted once its parent is. */
  readonly probability: Float64Array;
}

interface Merged {
  readonly token: number;
  readonly parent: number;
  /** Who proposed it, as in a draft's `source`. */
  readonly sources: string[];
  /** The largest one that a draft which holds the node gives it. */
  probability: number;
}

/**
 * One draft of several: the union of their paths, of which the `nodes` most probable nodes are kept. `q` is the
 * probability that was believed, and the source names all who proposed the node with the longest of their
 * matches, for example `suffix+prompt-lookup:5`: that two agree is evidence of its own.
 */
export function mergeDrafts(offers: readonly Offer[], nodes: number): DraftTree {
  const union = unionOf(offers);
  const path: number[] = [];
  for (const { parent, probability } of union) path.push(probability * (parent < 0 ? 1 : path[parent]));
  // A path is never more probable than its beginning, so parents come first; of equals the earlier one.
  const order = [...path.keys()].sort((a, b) => path[b] - path[a] || a - b).slice(0, nodes);

  const tree = new DraftTreeBuilder();
  const place = new Map([[-1, -1]]);
  for (const node of order) {
    const { token, parent, probability, sources } = union[node];
    place.set(node, tree.add(place.get(parent)!, token, probability, jointSource(sources)));
  }
  return tree.build();
}

/** Parents first. */
function unionOf(offers: readonly Offer[]): Merged[] {
  const union: Merged[] = [];
  const known = new Map<string, number>();
  for (const { draft, probability } of offers) {
    const place: number[] = [];
    draft.token.forEach((token, node) => {
      const parent = draft.parent[node] < 0 ? -1 : place[draft.parent[node]];
      const key = `${parent} ${token}`;
      const twin = known.get(key);
      if (twin === undefined) {
        known.set(key, union.length);
        place.push(union.length);
        union.push({ token, parent, probability: probability[node], sources: [draft.source[node]] });
      } else {
        place.push(twin);
        union[twin].probability = Math.max(union[twin].probability, probability[node]);
        union[twin].sources.push(draft.source[node]);
      }
    });
  }
  return union;
}

function jointSource(sources: readonly string[]): string {
  if (sources.length === 1) return sources[0];
  const parts = sources.map(splitSource);
  const length = Math.max(...parts.map((part) => part.length));
  return `${parts.map(({ name }) => name).join('+')}:${length}`;
}
