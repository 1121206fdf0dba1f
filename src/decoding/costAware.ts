import { AcceptanceEstimate } from './acceptanceEstimate';
import {
  FREE,
  MOST_NODES,
  fixedPolicy,
  whole,
  type Budget,
  type BudgetOutcome,
  type BudgetPolicy,
  type BudgetState,
  type Trimmed,
} from './budget';
import type { CostModel } from './costModel';
import { keepNodes, type DraftTree } from './draftTree';
import { DraftWorth } from './draftWorth';
import { Experience } from './experience';
import { because, type Reason } from './reason';
import { SizeYields } from './sizeYields';

/** How much a round moves what a round costs beside its forward and its draft. */
const OVERHEAD_WEIGHT = 0.1;
/** How much of its weight a round keeps in the pace, and the rounds of plain decoding that the pace begins with. */
const PACE_DECAY = 0.98;
const PACE_PRIOR = 8;
/** A round that took this many times what was expected counts as this much. */
const OUTLIER_FACTOR = 2;
/** How much of its weight a round keeps in what is learned of depths, and of sizes, whose yields scatter more. */
const DECAY = 0.95;
const SIZE_DECAY = 0.98;
/** Part of a plain step's time below which drafting is worth it for what can be learned alone. */
const NEGLIGIBLE = 0.02;
/** Fewest rounds before a drafter that does not pay is tried again, and the part of the time that tries may take. */
const LEAST_WAIT = 8;
const TRIAL_SHARE = 0.01;

/** Rounds that another size is tried for: drafts that cannot be cut build on one another, so the first says little. */
const TRIAL_ROUNDS = 3;

const POLICY = 'costAware';

/** What the policy is to know of the drafter. */
export interface DrafterTraits {
  /** Whether a part of its drafts can be verified without the rest. */
  readonly divisible: boolean;
  /** Whether it spends its own time by the budget's price, so that it need not be kept from drafting. */
  readonly weighsTime?: boolean;
  /** What earlier generations taught of it; what this one teaches is added. */
  readonly experience: Experience;
}

/**
 * Verifies what pays on this machine, by the cost v(T) that was measured here, what drafting costs, and the hit
 * rates seen so far.
 *
 * The yardstick is the pace, the tokens a microsecond that the generation makes: time spent on a node must bring
 * more tokens than the pace makes in that time, so that every node raises the speed of the whole (the ratio of the
 * sums over all rounds, not of each round by itself: Dinkelbach 1967). The pace is never below plain decoding's.
 *
 * - A drafter that costs next to nothing, or spends its time by its worth itself, is asked in every round, and of
 *   its offer the nodes that pay are verified, those with the best chances first; what is left out is still judged
 *   by the target's text.
 * - One whose own time counts is asked for the depth that pays: at which what was worth verifying of its offers so far
 *   brought most beyond the time of drafting them. That may be 0; then it is tried now and then, for a hundredth of the
 *   time.
 * - One whose drafts cannot be cut is given the size that pays, found by trying the sizes, a few rounds each.
 */
export function costAwarePolicy(
  cost: CostModel,
  limits: { readonly nodes: number; readonly depth: number },
  { divisible, weighsTime = false, experience }: DrafterTraits = {
    divisible: true,
    experience: new Experience(),
  },
): BudgetPolicy {
  // All sizes are looked at, so that a budget that a damaged trace claims must not be followed.
  const most = { nodes: Math.min(limits.nodes, MOST_NODES), depth: Math.min(limits.depth, MOST_NODES) };
  return divisible || most.nodes === 0
    ? new DivisibleDrafts(cost, most, experience, weighsTime)
    : new WholeDrafts(cost, most, experience);
}

/** What both kinds of drafters have in common: time, and what it is worth. */
abstract class CostAware implements BudgetPolicy {
  readonly id = POLICY;
  private readonly largest: BudgetPolicy;
  private overhead = 0;
  private tokens = 0;
  private us = 0;

  constructor(
    protected readonly cost: CostModel,
    protected readonly limits: { readonly nodes: number; readonly depth: number },
    protected readonly experience: Experience,
  ) {
    this.largest = fixedPolicy(limits);
  }

  next(state: BudgetState): Budget {
    const { nodes, depth } = this.largest.next(state);
    if (nodes === 0) return { nodes, depth, price: FREE, policy: POLICY, why: [because('noneFits')] };
    return { policy: POLICY, ...this.choose({ nodes, depth }, state.past) };
  }

  abstract trim(offer: DraftTree, past: number): Trimmed;

  observe(outcome: BudgetOutcome): void {
    const { offer, draft, emitted, past, times } = outcome;
    const expected = this.time(draft.token.length, past) + times.draft;
    this.tokens = PACE_DECAY * this.tokens + emitted.length;
    this.us = PACE_DECAY * this.us + Math.min(times.total, OUTLIER_FACTOR * expected);
    this.cost.observe({ rows: draft.token.length + 1, past, us: times.verify });
    this.experience.drafting.observe({ ...sizeOf(offer), us: times.draft });
    const beside = Math.max(0, times.total - times.verify - times.draft);
    this.overhead = this.overhead === 0 ? beside : this.overhead + OVERHEAD_WEIGHT * (beside - this.overhead);
    this.learn(outcome);
  }

  /** What the drafter may do where at least one node and one level fit. */
  protected abstract choose(
    room: { readonly nodes: number; readonly depth: number },
    past: number,
  ): Omit<Budget, 'policy'>;

  protected abstract learn(outcome: BudgetOutcome): void;

  /** Microseconds of a round that verifies so many nodes, its draft left out. */
  protected time(nodes: number, past: number): number {
    return this.cost.estimate(nodes + 1, past) + this.overhead;
  }

  /** Tokens a microsecond. */
  protected pace(past: number): number {
    const plain = this.time(0, past);
    return Math.max(1 / plain, (this.tokens + PACE_PRIOR) / (this.us + PACE_PRIOR * plain));
  }

  /** Tokens that the time is worth which a draft takes beyond a plain step's, to make and to verify. */
  protected priceOf(levels: number, nodes: number, past: number): number {
    const more = this.time(nodes, past) - this.time(0, past);
    return this.pace(past) * (more + this.experience.drafting.estimate(levels, nodes));
  }

  /** A round's time as a multiple of a plain step's, for the reason. */
  protected multiple(nodes: number, past: number): number {
    return this.time(nodes, past) / this.time(0, past);
  }
}

/** The nodes of an offer that are worth verifying, those with the best chances first. */
interface Part {
  readonly nodes: number;
  /** Tokens that the round is expected to bring. */
  readonly tokens: number;
  /** Tokens beyond what the time of the round is worth, less those of a plain step. */
  readonly gain: number;
}

/** Drafts of which the best part is verified. */
class DivisibleDrafts extends CostAware {
  private readonly estimate = new AcceptanceEstimate(this.experience.acceptance);
  private readonly worth = new DraftWorth(this.experience.worth, DECAY);
  /** Nodes that a level of an offer had on average. */
  private width = 1;
  private allowed = 0;
  /** Rounds since it was asked last, while it does not pay. */
  private silent = 0;

  constructor(
    cost: CostModel,
    limits: { readonly nodes: number; readonly depth: number },
    experience: Experience,
    private readonly weighsTime: boolean,
  ) {
    super(cost, limits, experience);
  }

  trim(offer: DraftTree, past: number): Trimmed {
    const { order, chances } = this.ranked(offer);
    const best = bestPart(order, chances, this.verifyPrices(offer.token.length, past));
    const kept = order.slice(0, best.nodes).sort((a, b) => a - b);
    return { draft: keepNodes(offer, kept), kept, why: this.reasonFor(offer, best, past) };
  }

  protected choose(room: { nodes: number; depth: number }, past: number): Omit<Budget, 'policy'> {
    const { drafting } = this.experience;
    const price = this.price(room.nodes, past);
    if (this.costsNothing(past)) {
      return this.allow({ ...room, price, why: [because('payingPart', room.nodes)] });
    }
    let best = { depth: 0, gain: 0 };
    for (let depth = 1; depth <= room.depth; depth++) {
      const worth = this.worth.of(depth);
      if (worth === null) break;
      const gain = worth - this.pace(past) * drafting.estimate(depth, Math.ceil(this.width * depth));
      if (gain > best.gain) best = { depth, gain };
    }
    if (best.depth > 0) {
      this.silent = 0;
      // One level more than pays, or it would never be seen that a deeper draft does.
      const depth = Math.min(room.depth, best.depth + 1);
      return this.allow({ nodes: room.nodes, depth, price, why: [because('depthPays', best.depth)] });
    }
    const trial = drafting.estimate(1, Math.ceil(this.width)) / this.time(0, past);
    if (++this.silent >= Math.max(LEAST_WAIT, trial / TRIAL_SHARE)) {
      this.silent = 0;
      return this.allow({ nodes: room.nodes, depth: 1, price, why: [because('tryDrafting')] });
    }
    return this.allow({ nodes: 0, depth: 0, price, why: [because('draftingDoesNotPay')] });
  }

  protected learn({ offer, draft, emitted, past }: BudgetOutcome): void {
    if (!this.costsNothing(past)) this.worth.observe(this.valuesOf(offer, draft, past));
    // What was left out is judged by the target's text too, so a kind that was given up can prove itself.
    this.estimate.observe([offer], emitted);
    const { levels, nodes } = sizeOf(offer);
    if (levels > 0) this.width += (1 - DECAY) * (nodes / levels - this.width);
  }

  private allow(budget: Omit<Budget, 'policy'>): Omit<Budget, 'policy'> {
    this.allowed = budget.depth;
    return budget;
  }

  /** Whether the drafter may be asked in every round. */
  private costsNothing(past: number): boolean {
    return this.weighsTime || this.experience.drafting.average <= NEGLIGIBLE * this.time(0, past);
  }

  /** Nodes by falling chance to be on the accepted path. */
  private ranked(offer: DraftTree): { readonly order: number[]; readonly chances: Float64Array } {
    const chances = this.estimate.pathProbabilities(offer);
    return { order: [...chances.keys()].sort((a, b) => chances[b] - chances[a] || a - b), chances };
  }

  /** `[nodes + 1]` tokens that the time is worth which verifying so many nodes takes beyond a plain step's. */
  private verifyPrices(nodes: number, past: number): number[] {
    const [pace, plain] = [this.pace(past), this.time(0, past)];
    return Array.from({ length: nodes + 1 }, (_, count) => pace * (this.time(count, past) - plain));
  }

  /** What an offer is worth, by the depth that it would have been allowed, from 1. Drawn drafts are verified whole. */
  private valuesOf(offer: DraftTree, draft: DraftTree, past: number): number[] {
    const { order, chances } = this.ranked(offer);
    const prices = this.verifyPrices(offer.token.length, past);
    const isWhole = draft.token.length === offer.token.length;
    return Array.from({ length: this.allowed }, (_, level) => {
      const down = order.filter((node) => offer.depth[node] <= level + 1);
      return isWhole
        ? down.reduce((sum, node) => sum + chances[node], -prices[down.length])
        : bestPart(down, chances, prices).gain;
    });
  }

  /** A draft that pays in all may hold no node that brings less than the cheapest tree asks for each. */
  private price(nodes: number, past: number): Budget['price'] {
    const { drafting } = this.experience;
    let cheapest = Infinity;
    for (let size = 1; size <= nodes; size++) {
      cheapest = Math.min(cheapest, (this.time(size, past) - this.time(0, past)) / size);
    }
    const pace = this.pace(past);
    // One that weighs its time itself is not charged for it twice.
    const drafted = (levels: number, count: number) =>
      this.weighsTime ? 0 : drafting.estimate(levels, count);
    return { node: pace * (cheapest + drafted(0, 1)), level: pace * drafted(1, 0), time: pace };
  }

  private reasonFor(
    offer: DraftTree,
    best: { readonly nodes: number; readonly tokens: number },
    past: number,
  ): Reason[] {
    const count = offer.token.length;
    if (count === 0) return this.allowed === 0 ? [] : [because('nothingOffered')];
    return [because('partPays', best.nodes, count, best.tokens, this.multiple(best.nodes, past))];
  }
}

/**
 * The beginning of an order of nodes that brings most; the draft is already made, so what it cost no longer counts.
 *
 * @param chances `[n]` of each node to be on the accepted path
 * @param prices by number of nodes, in tokens
 */
function bestPart(order: readonly number[], chances: Float64Array, prices: readonly number[]): Part {
  let tokens = 1;
  let best: Part = { nodes: 0, tokens, gain: 0 };
  for (let nodes = 1; nodes <= order.length; nodes++) {
    tokens += chances[order[nodes - 1]];
    const gain = tokens - 1 - prices[nodes];
    if (gain > best.gain) best = { nodes, tokens, gain };
  }
  return best;
}

/** Drafts that are verified whole. */
class WholeDrafts extends CostAware {
  private readonly yields = new SizeYields(this.limits.nodes, this.experience.yields, SIZE_DECAY);
  private allowed = 0;
  /** The size of the round before. */
  private before = 0;
  private tried = 0;
  private trial: { readonly size: number; rounds: number } | null = null;

  trim(offer: DraftTree): Trimmed {
    return whole(offer);
  }

  protected choose(room: { nodes: number; depth: number }, past: number): Omit<Budget, 'policy'> {
    const sizes = [0, ...this.yields.sizes.filter((size) => size <= room.nodes)];
    const gains = sizes.map((size) => (size === 0 ? 0 : this.gain(size, past)));
    const best = gains.indexOf(Math.max(...gains));
    if (this.trial === null && this.experience.trials.isOver()) {
      // Upwards and downwards in turn, as far as there is something.
      const step = this.tried++ % 2 === 0 ? 1 : -1;
      this.trial = { size: sizes[best + step] ?? sizes[best - step] ?? sizes[best], rounds: 0 };
    }
    if (this.trial !== null && this.trial.size <= room.nodes) {
      return this.allow(this.trial.size, room, because('trySize', this.trial.size));
    }
    const size = sizes[best];
    if (size === 0) return this.allow(0, room, because('noSizePays'));
    const expected = 1 + this.yields.expectedAccepted(size);
    return this.allow(size, room, because('sizePays', size, expected, this.multiple(size, past)));
  }

  protected learn({ draft, emitted }: BudgetOutcome): void {
    const settled = this.allowed === this.before;
    this.before = this.allowed;
    if (this.allowed > 0 && draft.token.length > 0 && settled)
      this.yields.observe(this.allowed, emitted.length - 1);
    if (this.trial !== null && ++this.trial.rounds >= TRIAL_ROUNDS) this.trial = null;
  }

  private allow(nodes: number, room: { depth: number }, reason: Reason): Omit<Budget, 'policy'> {
    this.allowed = nodes;
    return { nodes, depth: Math.min(nodes, room.depth), price: FREE, why: [reason] };
  }

  private gain(size: number, past: number): number {
    const levels = Math.min(size, this.limits.depth);
    return this.yields.expectedAccepted(size) - this.priceOf(levels, size, past);
  }
}

function sizeOf(draft: DraftTree): { readonly levels: number; readonly nodes: number } {
  return { levels: draft.depth.reduce((a, b) => Math.max(a, b), 0), nodes: draft.token.length };
}
