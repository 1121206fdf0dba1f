import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FREE, type Budget } from '../../../../src/decoding/budget';
import { DraftTreeBuilder, type DraftTree } from '../../../../src/decoding/draftTree';
import type { Scored } from '../../../../src/decoding/scored';
import type { Walk } from '../../../../src/decoding/walk';
import { createSampler, type SamplerSettings } from '../../../../src/decoding/sampling';
import type { DraftModel } from '../../../../src/engine/draftModel';
import type { Drafter, DrafterContext } from '../../../../src/engine/drafter';
import { DrafterMemory } from '../../../../src/engine/drafters/memory';
import { plainSettings, toyTarget } from '../../decoding/toy';
import type { Head } from '../../../../src/engine/heads/head';
import { ToyDraftModel } from './toyDraftModel';
import { ToyHead } from './toyHead';

/** Above every token of these tests. */
export const VOCABULARY = 64;

export function emptyMemory(): DrafterMemory {
  return new DrafterMemory(VOCABULARY);
}

/** What a drafter is made of in a test: greedy and with a toy as draft model, where the test does not say otherwise. */
export function contextOf({
  settings = { ...plainSettings, temperature: 0 },
  model = new ToyDraftModel(toyTarget(VOCABULARY, 1), VOCABULARY),
  memory = emptyMemory(),
  demand = 'any',
  trees = true,
  head = new ToyHead(toyTarget(VOCABULARY, 1)),
  headTree = 'dynamic',
}: {
  readonly settings?: SamplerSettings;
  readonly model?: DraftModel;
  readonly memory?: DrafterMemory;
  readonly demand?: DrafterContext['demand'];
  readonly trees?: boolean;
  readonly head?: Head;
  readonly headTree?: DrafterContext['headTree'];
} = {}): DrafterContext {
  return {
    memory,
    sampler: createSampler(settings),
    demand,
    trees,
    openDraftModel: () => Promise.resolve(model),
    openHead: () => Promise.resolve(head),
    headTree,
  };
}

/** A text over few tokens, so that it repeats itself. */
export const anyText = fc
  .integer({ min: 1, max: 4 })
  .chain((vocabulary) => fc.array(fc.nat(vocabulary - 1), { minLength: 1, maxLength: 80 }));

export const anyBudget: fc.Arbitrary<Budget> = fc.record({
  nodes: fc.nat(24),
  depth: fc.nat(12),
  price: fc.constant(FREE),
  policy: fc.constant('test'),
  why: fc.constant([]),
});

export function budgetOf(nodes: number, depth = nodes): Budget {
  return { nodes, depth, price: FREE, policy: 'test', why: [] };
}

/** A drafter's proposal after a text that it got as a prompt. */
export async function offerAfter(
  drafter: Drafter,
  tokens: readonly number[],
  budget: Budget,
): Promise<DraftTree> {
  await start(drafter, tokens);
  return drafter.propose({ tokens }, budget);
}

/**
 * Gives a drafter a prompt as the engine does: the states of all but its last token, if it reads them, and the candidates
 * after those that it asks for.
 *
 * @param candidatesAfter what the target thinks most probable after a text; without it nothing of the prompt is run
 */
export async function start(
  drafter: Drafter,
  tokens: readonly number[],
  candidatesAfter?: (context: readonly number[]) => readonly number[],
): Promise<void> {
  const kept = drafter.states?.begin(tokens) ?? 0;
  await drafter.states?.read(kept, new Float32Array(Math.max(0, tokens.length - 1 - kept)));
  if (drafter.candidates !== undefined && candidatesAfter !== undefined) {
    for (const place of drafter.candidates.wanted(tokens)) {
      const candidates = candidatesAfter(tokens.slice(0, place + 1));
      drafter.candidates.read(tokens[place], Int32Array.from(candidates));
    }
  }
  await drafter.reset(tokens);
}

/** The same of a drafter that answers at once. */
export function proposalAfter(drafter: Drafter, tokens: readonly number[], budget: Budget): DraftTree {
  void drafter.reset(tokens);
  const draft = drafter.propose({ tokens }, budget);
  assert.ok(!(draft instanceof Promise));
  return draft;
}

/** Tells a drafter that a round emitted these tokens, all but the last one drafted, and nothing of what the target thought. */
export function commit(drafter: Drafter, emitted: readonly number[]): void | Promise<void> {
  const path = new DraftTreeBuilder();
  emitted.slice(0, -1).forEach((token, i) => path.add(i - 1, token, NaN, 'test'));
  const walk: Walk = {
    acceptedPath: emitted.slice(1).map((_, i) => i),
    emitted,
    end: { kind: 'bonus', token: emitted.at(-1) ?? null },
    state: [],
    processedProbability: new Float64Array(0),
    draw: new Float64Array(0),
    chance: new Float64Array(0),
    choices: [],
  };
  const scored: Scored = {
    rows: emitted.length,
    topK: 0,
    topToken: new Int32Array(0),
    topProbability: new Float32Array(0),
    nodeProbability: new Float32Array(0),
    logits: () => null,
    states: new Float32Array(emitted.length),
  };
  return drafter.commit(walk, scored, path.build());
}

/** What every draft must be: within its budget, parents first, depths right, no sibling twice. */
export function checkDraft(draft: DraftTree, budget: Budget): void {
  const nodes = draft.token.length;
  assert.ok(nodes <= budget.nodes, `${nodes} nodes of ${budget.nodes}`);
  for (const array of [draft.parent, draft.depth, draft.q, draft.source]) assert.equal(array.length, nodes);
  const siblings = new Set<string>();
  for (let node = 0; node < nodes; node++) {
    const parent = draft.parent[node];
    assert.ok(parent >= -1 && parent < node);
    assert.equal(draft.depth[node], parent < 0 ? 1 : draft.depth[parent] + 1);
    assert.ok(draft.depth[node] <= budget.depth);
    siblings.add(`${parent} ${draft.token[node]}`);
  }
  assert.equal(siblings.size, nodes);
}

/** Where `part` occurs in `text`, by looking everywhere. */
export function occurrences(text: readonly number[], part: readonly number[]): number[] {
  const found: number[] = [];
  for (let at = 0; at + part.length <= text.length; at++) {
    if (part.every((token, i) => text[at + i] === token)) found.push(at);
  }
  return found;
}
