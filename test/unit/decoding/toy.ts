import fc from 'fast-check';
import { DraftTreeBuilder, type DraftTree } from '../../../src/decoding/draftTree';
import { keyedUniform } from '../../../src/decoding/random';
import type { Sampler, SamplerSettings } from '../../../src/decoding/sampling';
import type { Scored } from '../../../src/decoding/scored';
import type { AcceptanceRule, Walk } from '../../../src/decoding/walk';

/** A target small enough to enumerate: the logits after a context, `[vocabulary]`. */
export type ToyTarget = (context: readonly number[]) => Float32Array;

export const plainSettings: SamplerSettings = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  seed: 0,
};

/** Logits within ±3 that depend on the whole context and on nothing else. */
export function toyTarget(vocabulary: number, seed: number): ToyTarget {
  return (context) => {
    const key = context.reduce((hash, token) => Math.imul(hash, 31) + token + 1, context.length) >>> 0;
    return Float32Array.from(
      { length: vocabulary },
      (_, token) => 6 * keyedUniform(seed, (Math.imul(key, 64) + token) >>> 0) - 3,
    );
  };
}

/** A model that is near another, halfway to a third: as a drafter it is right about half of the time. */
export function besides(target: ToyTarget, other: ToyTarget): ToyTarget {
  return (context) => {
    const aside = other(context);
    return target(context).map((logit, token) => (logit + aside[token]) / 2);
  };
}

/** A draft from `[parent, token]` pairs. */
export function treeOf(nodes: readonly (readonly [parent: number, token: number])[]): DraftTree {
  const builder = new DraftTreeBuilder();
  for (const [parent, token] of nodes) builder.add(parent, token, NaN, 'test');
  return builder.build();
}

/** The tokens from the root's child down to a node. */
export function pathTokens(draft: DraftTree, node: number): number[] {
  return node < 0 ? [] : [...pathTokens(draft, draft.parent[node]), draft.token[node]];
}

/** What a verify forward of the toy target returns: greedy candidates and the logits of every row. */
export function verify(target: ToyTarget, draft: DraftTree, context: readonly number[]): Scored {
  const rows = draft.token.length + 1;
  const logits = Array.from({ length: rows }, (_, row) =>
    target([...context, ...pathTokens(draft, row - 1)]),
  );
  const laws = logits.map(softmax);
  const top = laws.map((law) => law.indexOf(Math.max(...law)));
  return {
    rows,
    topK: 1,
    topToken: Int32Array.from(top),
    topProbability: Float32Array.from(top, (token, row) => laws[row][token]),
    nodeProbability: Float32Array.from(draft.token, (token, node) => laws[draft.parent[node] + 1][token]),
    logits: (row) => logits[row],
  };
}

export function softmax(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** One round of the loop. */
export function walkOnce(
  target: ToyTarget,
  rule: AcceptanceRule,
  sampler: Sampler,
  draft: DraftTree,
  tokens: readonly number[],
  ends: (emitted: readonly number[]) => boolean = () => false,
): Walk {
  return rule.walk(draft, verify(target, draft, tokens), sampler, { tokens, ends });
}

/** Rounds until `count` tokens are there; the draft of each round is the caller's. */
export function decode(
  target: ToyTarget,
  rule: AcceptanceRule,
  sampler: Sampler,
  prompt: readonly number[],
  count: number,
  draftFor: (tokens: readonly number[]) => DraftTree,
): number[] {
  const tokens = [...prompt];
  while (tokens.length < prompt.length + count) {
    tokens.push(...walkOnce(target, rule, sampler, draftFor(tokens), tokens).emitted);
  }
  return tokens.slice(prompt.length, prompt.length + count);
}

/** Any tree: each node's parent is an earlier node or the root token, siblings differ. */
export function anyTree(vocabulary: number, maxNodes = 16): fc.Arbitrary<DraftTree> {
  const node = fc.tuple(fc.nat(), fc.nat(vocabulary - 1));
  return fc.array(node, { maxLength: maxNodes }).map((picks) => {
    const builder = new DraftTreeBuilder();
    for (const [pick, token] of picks) {
      const parent = (pick % (builder.size + 1)) - 1;
      builder.add(parent, token, NaN, 'test');
    }
    return builder.build();
  });
}

/** Any settings that draw, each truncation on or off. */
export const anyDrawingSettings: fc.Arbitrary<SamplerSettings> = fc.record({
  temperature: fc.double({ min: 0.2, max: 3, noNaN: true }),
  topK: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 })),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 0.05, max: 1, noNaN: true })),
  minP: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
  repetitionPenalty: fc.oneof(fc.constant(1), fc.double({ min: 0.5, max: 2, noNaN: true })),
  seed: fc.integer({ min: 0, max: 0xffffffff }),
});
