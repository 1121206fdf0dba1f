import { whole, type Budget, type BudgetPolicy, type Trimmed } from '../decoding/budget';
import { because } from '../decoding/reason';
import type { DraftTree } from '../decoding/draftTree';
import type { PhaseTimes } from '../decoding/metrics';
import type { Sampler } from '../decoding/sampling';
import type { Scored } from '../decoding/scored';
import type { AcceptanceRule, Walk } from '../decoding/walk';
import type { Drafter } from './drafter';
import type { ProviderFault } from './guardedDecoder';
import { trafficSince, type Traffic } from './kvDecoder';
import type { Sequence } from './sequence';
import type { Target } from './target';

/** Everything a generation is made of. */
export interface Parts {
  readonly target: Target;
  readonly drafter: Drafter;
  readonly policy: BudgetPolicy;
  readonly acceptance: AcceptanceRule;
  readonly sampler: Sampler;
  readonly sequence: Sequence;
  /** The generation's clock, in microseconds. */
  readonly clock: () => number;
}

/** What one round did, before it is written down. */
export interface RoundResult {
  readonly index: number;
  readonly root: number;
  /** Position of the root token. */
  readonly position: number;
  readonly start: number;
  readonly budget: Budget;
  /** What the drafter proposed, and the part of it that was verified. */
  readonly offer: DraftTree;
  readonly trimmed: Trimmed;
  readonly scored: Scored;
  readonly walk: Walk;
  readonly times: PhaseTimes;
  readonly kvBefore: number;
  readonly kvAfter: number;
  /** Bytes that the target and the drafter moved between host and device; null on the CPU. */
  readonly moved: Traffic | null;
  /** Why the round, and those after it, ran on the CPU though it began elsewhere; null where it did not. */
  readonly fault: ProviderFault | null;
  /** Text that the round released. */
  readonly text: string;
}

/** Told of each round as it happens. */
export interface RoundListener {
  drafted(index: number, draft: DraftTree): void;
  round(result: RoundResult): void;
}

/**
 * The loop of speculative decoding: propose, verify, accept, commit, until the sequence is over. A round's
 * total time runs from the end of the round before, so that the totals add up to the wall clock and what was
 * spent on listeners shows.
 */
export async function generate(parts: Parts, listener: RoundListener, signal?: AbortSignal): Promise<void> {
  const { target, drafter, policy, acceptance, sampler, sequence, clock } = parts;
  const traffic = () => [target.traffic, drafter.traffic ?? null];
  let start = clock();
  for (let index = 0; sequence.finished === null; index++) {
    await nextTurn();
    if (signal?.aborted) return sequence.cancel();
    const { root } = sequence;
    const position = sequence.tokens.length - 1;
    const kvBefore = target.kvLength;
    const trafficBefore = traffic();
    const faultBefore = target.fault;

    const begun = clock();
    const budget = policy.next({ remaining: sequence.remaining, past: kvBefore });
    const offer = await drafter.propose(sequence, budget);
    const trimmed = trim(offer, kvBefore, parts);
    const { draft } = trimmed;
    const drafted = clock();
    if (draft.token.length > 0) listener.drafted(index, draft);
    const submitted = clock();
    const scored = await target.verify(root, draft, sampler.needsLogits, drafter.states?.reads);
    const verified = clock();
    const walk = acceptance.walk(draft, scored, sampler, sequence);
    const walked = clock();
    await target.commit(walk);
    const text = sequence.commit(walk.emitted);
    await drafter.commit(walk, scored, draft);
    const end = clock();

    const times: PhaseTimes = {
      draft: drafted - begun,
      verify: verified - submitted,
      sample: walked - verified,
      commit: end - walked,
      total: end - start,
    };
    policy.observe({ offer, draft, emitted: walk.emitted, past: kvBefore, times });
    const kvAfter = target.kvLength;
    const round = { index, root, position, start, budget, offer, trimmed, scored, walk, times };
    const moved = trafficSince(trafficBefore, traffic());
    const fault = target.fault === faultBefore ? null : target.fault;
    listener.round({ ...round, kvBefore, kvAfter, moved, fault, text });
    start = end;
  }
}

/** What is verified of an offer. Drawn tokens must not be left out for what they are, or the law is no longer kept. */
function trim(offer: DraftTree, past: number, { drafter, policy, acceptance }: Parts): Trimmed {
  if (!drafter.description.divisible) return whole(offer);
  if (acceptance.demand === 'any') return policy.trim(offer, past);
  return { ...whole(offer), why: [because('whole', acceptance.id)] };
}

/** Lets messages in, such as a cancellation: the runtime's own calls block the thread. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
