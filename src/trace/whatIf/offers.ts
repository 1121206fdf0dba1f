import { EMPTY_DRAFT, keepNodes, type DraftTree } from '../../decoding/draftTree';
import type { Round } from '../schema';
import type { WhatIf } from './setting';

/** What a round's drafter offered, the nodes that the policy left out among them. */
export function offerOf({ token, parent, depth, q, source }: Round): DraftTree {
  return {
    token: Int32Array.from(token),
    parent: Int32Array.from(parent),
    depth: Int32Array.from(depth),
    q: Float64Array.from(q, (value) => value ?? NaN),
    source,
  };
}

/** What of an offer lies below a node, as a draft of its own with that node as the root token. */
export function below(offer: DraftTree, root: number): DraftTree {
  const place = new Map<number, number>([[root, -1]]);
  const kept: number[] = [];
  for (let node = root + 1; node < offer.token.length; node++) {
    if (!place.has(offer.parent[node])) continue;
    place.set(node, kept.length);
    kept.push(node);
  }
  if (kept.length === 0) return EMPTY_DRAFT;
  return {
    token: Int32Array.from(kept, (node) => offer.token[node]),
    parent: Int32Array.from(kept, (node) => place.get(offer.parent[node]) ?? -1),
    depth: Int32Array.from(kept, (node) => offer.depth[node] - offer.depth[root]),
    q: Float64Array.from(kept, (node) => offer.q[node]),
    source: kept.map((node) => offer.source[node]),
  };
}

/**
 * The part of an offer that a smaller budget would have left: drafters offer their nodes in the order in which
 * they would give them up last, so a smaller tree is the beginning of a larger one.
 */
export function within(offer: DraftTree, { nodes, depth, width, minQ }: WhatIf): DraftTree {
  const isKept = new Uint8Array(offer.token.length);
  const children = new Map<number, number>();
  const kept: number[] = [];
  for (let node = 0; node < offer.token.length && kept.length < nodes; node++) {
    const parent = offer.parent[node];
    if (parent >= 0 && isKept[parent] === 0) continue;
    if (offer.depth[node] > depth || offer.q[node] < minQ) continue;
    const siblings = children.get(parent) ?? 0;
    if (width !== null && siblings >= width) continue;
    children.set(parent, siblings + 1);
    isKept[node] = 1;
    kept.push(node);
  }
  return keepNodes(offer, kept);
}
