import { DraftTreeBuilder, type DraftTree } from '../../../src/decoding/draftTree';
import { createSampler, type SamplerSettings } from '../../../src/decoding/sampling';
import type { AcceptanceRule, Walk } from '../../../src/decoding/walk';
import { naiveLaw } from './naiveLaw';
import { pathTokens, verify, type ToyTarget } from './toy';

/** One of the things that can happen, and how probable it is. */
export interface Case<T> {
  readonly weight: number;
  readonly outcome: T;
}

/** The number of children that a node gets, known before its children are drawn; the root token's path is empty. */
export type Shape = (path: readonly number[]) => number;

/**
 * Every draft that a drafter can draw from its laws after a text: children one after another without replacement,
 * level by level.
 */
export function everyDraft(
  drafter: ToyTarget,
  settings: SamplerSettings,
  text: readonly number[],
  shape: Shape,
): Case<DraftTree>[] {
  interface Growing {
    readonly nodes: readonly { readonly parent: number; readonly token: number; readonly q: number }[];
    readonly laws: readonly (readonly number[] | null)[];
  }
  const pathTo = ({ nodes }: Growing, node: number): number[] =>
    node < 0 ? [] : [...pathTo({ nodes, laws: [] }, nodes[node].parent), nodes[node].token];

  const grow = (draft: Growing, row: number): Case<Growing>[] => {
    if (row > draft.nodes.length) return [{ weight: 1, outcome: draft }];
    const path = pathTo(draft, row - 1);
    const law = lawOf(drafter, settings, [...text, ...path]);
    const count = Math.min(shape(path), law.filter((q) => q > 0).length);
    return ordersOf(law, count).flatMap(({ weight, outcome: tokens }) => {
      const children = tokens.map((token) => ({ parent: row - 1, token, q: law[token] }));
      const grown = {
        nodes: [...draft.nodes, ...children],
        laws: [...draft.laws, count > 0 ? law : null],
      };
      return grow(grown, row + 1).map((end) => ({ ...end, weight: end.weight * weight }));
    });
  };
  return grow({ nodes: [], laws: [] }, 0).map(({ weight, outcome }) => {
    const builder = new DraftTreeBuilder();
    for (const { parent, token, q } of outcome.nodes) builder.add(parent, token, q, 'test');
    return { weight, outcome: builder.build(outcome.laws.map((law) => law && Float64Array.from(law))) };
  });
}

/** Every order of `count` tokens drawn without replacement. */
function ordersOf(law: readonly number[], count: number): Case<readonly number[]>[] {
  if (count === 0) return [{ weight: 1, outcome: [] }];
  const total = law.reduce((a, b) => a + b, 0);
  return law.flatMap((q, token) => {
    if (q === 0) return [];
    const others = law.map((other, i) => (i === token ? 0 : other));
    return ordersOf(others, count - 1).map((rest) => ({
      weight: (q / total) * rest.weight,
      outcome: [token, ...rest.outcome],
    }));
  });
}

export function lawOf(model: ToyTarget, settings: SamplerSettings, text: readonly number[]): number[] {
  const law = naiveLaw(model(text), text, settings);
  if (law === null) throw new Error('the case stands on a border: choose another model');
  return law;
}

/** A walk, and the law of the token that ends it; null where the text ended inside the draft. */
export interface Judged {
  readonly walk: Walk;
  readonly end: readonly number[] | null;
}

/**
 * Every walk of a rule over one draft: each trial succeeds with its chance or fails with the rest, and the end
 * token is left as a law.
 */
export function everyWalk(
  rule: AcceptanceRule,
  target: ToyTarget,
  settings: SamplerSettings,
  draft: DraftTree,
  tokens: readonly number[],
  ends: (emitted: readonly number[]) => boolean = () => false,
): Case<Judged>[] {
  const scored = verify(target, draft, tokens);
  const nodes = draft.token.length;
  const cases: Case<Judged>[] = [];
  for (let trials = 0; trials < 2 ** nodes; trials++) {
    const succeeds = (node: number) => ((trials >> node) & 1) === 1;
    let end: readonly number[] | null = null;
    const sampler = createSampler(
      settings,
      (law) => {
        end = [...law];
        return { token: law.findIndex((p) => p > 0), numberOf: () => NaN };
      },
      (_seed, _position, node) => (succeeds(node) ? 0 : 1 - 2 ** -53),
    );
    const walk = rule.walk(draft, scored, sampler, { tokens, ends });
    // What was not tried falls one way or the other: both are counted, each by half.
    const weight = walk.chance.reduce(
      (product, chance, node) =>
        product * (Number.isNaN(chance) ? 0.5 : succeeds(node) ? chance : 1 - chance),
      1,
    );
    if (weight > 0) cases.push({ weight, outcome: { walk, end } });
  }
  return cases;
}

/**
 * The law of the first `count` emitted tokens, as weights of their texts, where the rounds after the first follow
 * the target's own law.
 */
export function lawOfTexts(
  rule: AcceptanceRule,
  target: ToyTarget,
  settings: SamplerSettings,
  tokens: readonly number[],
  count: number,
  drafts: readonly Case<DraftTree>[],
): Map<string, number> {
  const law = new Map<string, number>();
  for (const { weight, outcome: draft } of drafts) {
    for (const judged of everyWalk(rule, target, settings, draft, tokens)) {
      const { walk, end } = judged.outcome;
      const path = pathTokens(draft, walk.acceptedPath.at(-1) ?? -1);
      const add = (emitted: readonly number[], probability: number) =>
        spread(target, settings, tokens, emitted, count, weight * judged.weight * probability, law);
      if (end === null) throw new Error('the walk ended without a token');
      end.forEach((probability, token) => {
        if (probability > 0) add([...path, token], probability);
      });
    }
  }
  return law;
}

/** The target's own law of `count` tokens. */
export function targetLawOfTexts(
  target: ToyTarget,
  settings: SamplerSettings,
  tokens: readonly number[],
  count: number,
): Map<string, number> {
  const law = new Map<string, number>();
  spread(target, settings, tokens, [], count, 1, law);
  return law;
}

/** Adds a text to a law; one that is too short goes on as the target would. */
function spread(
  target: ToyTarget,
  settings: SamplerSettings,
  tokens: readonly number[],
  emitted: readonly number[],
  count: number,
  weight: number,
  law: Map<string, number>,
): void {
  if (emitted.length >= count) {
    const text = emitted.slice(0, count).join(' ');
    law.set(text, (law.get(text) ?? 0) + weight);
    return;
  }
  lawOf(target, settings, [...tokens, ...emitted]).forEach((p, token) => {
    if (p > 0) spread(target, settings, tokens, [...emitted, token], count, weight * p, law);
  });
}

/** Total variation of two laws of texts. */
export function distance(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const texts = new Set([...a.keys(), ...b.keys()]);
  return [...texts].reduce((sum, text) => sum + Math.abs((a.get(text) ?? 0) - (b.get(text) ?? 0)), 0) / 2;
}

/** Tokens that a rule accepts of a draft in the mean. */
export function meanAccepted(
  rule: AcceptanceRule,
  target: ToyTarget,
  settings: SamplerSettings,
  tokens: readonly number[],
  drafts: readonly Case<DraftTree>[],
): number {
  let mean = 0;
  for (const { weight, outcome: draft } of drafts) {
    for (const judged of everyWalk(rule, target, settings, draft, tokens)) {
      mean += weight * judged.weight * judged.outcome.walk.acceptedPath.length;
    }
  }
  return mean;
}
