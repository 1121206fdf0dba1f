import { childrenOf, type DraftTree } from './draftTree';
import { logitsOf, type Sampler } from './sampling';
import type { Scored } from './scored';
import { drafterLaw, emptyVerdict, excess, requireChain, requireTemperature, type Verdict } from './verdict';
import type { AcceptanceRule, Choice, RoundEnd, Walk, WalkContext } from './walk';

/**
 * Speculative sampling (Leviathan, Kalman, Matias, ICML 2023; Chen et al. 2023): a token x that the drafter drew
 * with probability q is accepted with the chance min(1, p / q); where it is not, the round ends with a token of
 * the law max(0, p - q), renormalised. For chains.
 */
export const speculativeSampling: AcceptanceRule = {
  id: 'speculativeSampling',
  lossless: true,
  demand: 'drawnChain',
  walk(draft, scored, sampler, context) {
    requireTemperature(speculativeSampling.id, sampler.settings);
    requireChain(speculativeSampling.id, draft);
    return tryDown(draft, scored, sampler, context);
  },
};

/**
 * The same over siblings that were drawn without replacement, one after another (SpecInfer's multi-step
 * speculative sampling, Miao et al., ASPLOS 2024, in the form of EAGLE-1's and Sequoia's code): a rejected token
 * takes the drafter's law away from the target's, and goes from the drafter's own.
 */
export const multiRound: AcceptanceRule = {
  id: 'multiRound',
  lossless: true,
  demand: 'drawnTree',
  walk(draft, scored, sampler, context) {
    requireTemperature(multiRound.id, sampler.settings);
    return tryDown(draft, scored, sampler, context);
  },
};

function tryDown(draft: DraftTree, scored: Scored, sampler: Sampler, context: WalkContext): Walk {
  const verdict = emptyVerdict(draft, scored);
  const root = context.tokens.length - 1;
  const text = [...context.tokens];
  const emitted: number[] = [];
  const choices: Choice[] = [];
  const acceptedPath: number[] = [];

  let node = -1;
  let end: RoundEnd | null = null;
  while (end === null) {
    const row = node + 1;
    const position = text.length;
    const law = sampler.law(logitsOf(scored, row), text);
    const children = childrenOf(draft, node);
    const { accepted, left } = trySiblings(
      children,
      law,
      draft,
      row,
      (child) => sampler.trial(root, child),
      verdict,
    );
    if (accepted === null) {
      const drawn = sampler.draw(left, position);
      const { token } = drawn;
      emitted.push(token);
      choices.push({ row, position, token, draw: drawn.numberOf(token), probability: left[token] });
      end = { kind: children.length > 0 ? 'correction' : 'bonus', token };
    } else {
      const token = draft.token[accepted];
      text.push(token);
      emitted.push(token);
      choices.push({ row, position, token, draw: verdict.draw[accepted], probability: law[token] });
      acceptedPath.push(accepted);
      node = accepted;
      if (context.ends(emitted)) end = { kind: 'none', token: null };
    }
  }
  return { acceptedPath, emitted, end, choices, ...verdict };
}

/**
 * Tries siblings in the order in which they were drawn.
 *
 * @param law the target's at their parent
 * @returns the first that passes its trial; or the law of the token to emit where none does
 */
function trySiblings(
  siblings: readonly number[],
  law: Float64Array,
  draft: DraftTree,
  row: number,
  trial: (node: number) => number,
  verdict: Verdict,
): { readonly accepted: number | null; readonly left: Float64Array } {
  let left = law;
  let rest = siblings.length === 0 ? law : drafterLaw(draft, row);
  let accepted: number | null = null;
  for (const node of siblings) {
    const token = draft.token[node];
    verdict.processedProbability[node] = law[token];
    // The other siblings are reached too, but never tried.
    verdict.state[node] = 'rejected';
    if (accepted !== null) continue;
    if (!(rest[token] > 0)) throw new Error(`Token ${token} cannot have been drawn from its drafter's law.`);
    verdict.chance[node] = Math.min(1, left[token] / rest[token]);
    verdict.draw[node] = trial(node);
    if (verdict.draw[node] < verdict.chance[node]) {
      verdict.state[node] = 'accepted';
      accepted = node;
    } else {
      left = excess(left, rest);
      rest = without(rest, token);
    }
  }
  return { accepted, left };
}

/** The law of the other tokens; nothing where there is no other. */
function without(law: Float64Array, token: number): Float64Array {
  const rest = law.slice();
  rest[token] = 0;
  const total = rest.reduce((sum, p) => sum + p, 0);
  return total > 0 ? rest.map((p) => p / total) : rest;
}
