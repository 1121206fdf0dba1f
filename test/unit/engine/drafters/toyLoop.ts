import { acceptanceRules } from '../../../../src/decoding/acceptance';
import { fixedPolicy, type Budget } from '../../../../src/decoding/budget';
import type { DraftTree } from '../../../../src/decoding/draftTree';
import { createSampler, isGreedy, type SamplerSettings } from '../../../../src/decoding/sampling';
import type { Scored } from '../../../../src/decoding/scored';
import type { AcceptanceRule, Walk } from '../../../../src/decoding/walk';
import type { Drafter } from '../../../../src/engine/drafter';
import { verify as verifyTop, type ToyTarget } from '../../decoding/toy';
import { checkDraft, start } from './drafting';

/** Candidates that the engine's target hands out for each row. */
const TOP_K = 8;

/** The toy target's answer with as many candidates as the engine's target gives. */
export function verify(target: ToyTarget, draft: DraftTree, tokens: readonly number[]): Scored {
  const scored = verifyTop(target, draft, tokens);
  const rows = Array.from({ length: scored.rows }, (_, row) => topTokens(scored.logits(row)));
  const topK = rows[0].length;
  return { ...scored, topK, topToken: Int32Array.from(rows.flat()), topProbability: new Float32Array(0) };
}

/** The tokens of the largest logits, the lower id first where two are equal. */
export function topTokens(logits: Float32Array | null): number[] {
  const tokens = Array.from(logits ?? [], (_, token) => token);
  return tokens.sort((a, b) => logits![b] - logits![a] || a - b).slice(0, TOP_K);
}

export interface ToyRound {
  /** The text before it. */
  readonly tokens: readonly number[];
  readonly budget: Budget;
  readonly draft: DraftTree;
  readonly scored: Scored;
  readonly walk: Walk;
}

/** The engine's loop on a toy target, each draft checked: `count` tokens after the prompt, and the rounds. */
export async function speculate(
  drafter: Drafter,
  target: ToyTarget,
  settings: SamplerSettings,
  prompt: readonly number[],
  count: number,
  size: { readonly nodes: number; readonly depth: number },
  rule: AcceptanceRule = isGreedy(settings) ? acceptanceRules.greedy : acceptanceRules.sampled,
): Promise<{ output: number[]; rounds: ToyRound[] }> {
  const sampler = createSampler(settings);
  const policy = fixedPolicy(size);
  const tokens = [...prompt];
  const rounds: ToyRound[] = [];
  await start(drafter, prompt, (context) => topTokens(target(context)));
  while (tokens.length < prompt.length + count) {
    const remaining = prompt.length + count - tokens.length;
    const budget = policy.next({ remaining, past: tokens.length - 1 });
    const draft = await drafter.propose({ tokens }, budget);
    checkDraft(draft, budget);
    const scored = { ...verify(target, draft, tokens), states: new Float32Array(draft.token.length + 1) };
    const before = [...tokens];
    const ends = (emitted: readonly number[]) => emitted.length >= remaining;
    const walk = rule.walk(draft, scored, sampler, { tokens: before, ends });
    tokens.push(...walk.emitted);
    await drafter.commit(walk, scored, draft);
    rounds.push({ tokens: before, budget, draft, scored, walk });
  }
  return { output: tokens.slice(prompt.length), rounds };
}
