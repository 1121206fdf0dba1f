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
import { DepthRates } from './depthRates';
import { keepNodes, type DraftTree } from './draftTree';
import { Experience } from './experience';
import { Patience } from './patience';
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
/** Rounds before something else is tried again, at first and at most. */
const FIRST_WAIT = 8;
const LONGEST_WAIT = 128;

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
 * sums over all rounds, not of each round by itself). The pace is never below plain decoding's.
 *
 * - A drafter that costs next to nothing, or spends its time by its worth itself, is asked in every round, and of
 *   its offer the nodes that pay are verified, those with the best chances first; what is left out is still judged
 *   by the target's text.
 * - One whose own time counts is asked for the depth that pays, which may be 0; then it is tried again ever more
 *   seldom.
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

/** Drafts of which the best part is verified. */
class DivisibleDrafts extends CostAware {
  private readonly estimate = new AcceptanceEstimate(this.experience.acceptance);
  private readonly depths = new DepthRates(this.experience.depths, DECAY);
  private readonly patience = new Patience(FIRST_WAIT, LONGEST_WAIT);
  /** Nodes that a level of an offer had on average. */
  private width = 1;
  private allowed = 0;

  constructor(
    cost: CostModel,
    limits: { readonly nodes: number; readonly depth: number },
    experience: Experience,
    private readonly weighsTime: boolean,
  ) {
    super(cost, limits, experience);
  }

  trim(offer: DraftTree, past: number): Trimmed {
    const chances = this.estimate.pathProbabilities(offer);
    const order = [...chances.keys()].sort((a, b) => chances[b] - chances[a] || a - b);
    const pace = this.pace(past);
    // The round's draft is already made, so what it cost no longer counts.
    let tokens = 1;
    let best = { nodes: 0, gain: tokens - pace * this.time(0, past), tokens };
    for (let nodes = 1; nodes <= order.length; nodes++) {
      tokens += chances[order[nodes - 1]];
      const gain = tokens - pace * this.time(nodes, past);
      if (gain > best.gain) best = { nodes, gain, tokens };
    }
    const kept = order.slice(0, best.nodes).sort((a, b) => a - b);
    return { draft: keepNodes(offer, kept), kept, why: this.reasonFor(offer, best, past) };
  }

  protected choose(room: { nodes: number; depth: number }, past: number): Omit<Budget, 'policy'> {
    const price = this.price(room.nodes, past);
    if (this.weighsTime || this.experience.drafting.average <= NEGLIGIBLE * this.time(0, past)) {
      return this.allow({ ...room, price, why: [because('payingPart', room.nodes)] });
    }
    let best = { depth: 0, gain: 0 };
    for (let depth = 1; depth <= room.depth; depth++) {
      const gain = this.depths.expectedAccepted(depth) - this.priceOf(depth, this.nodesAt(depth), past);
      if (gain > best.gain) best = { depth, gain };
    }
    if (best.depth > 0) this.patience.reset();
    else if (this.patience.isOver()) {
      return this.allow({
        nodes: room.nodes,
        depth: 1,
        price: FREE,
        why: [because('tryDrafting')],
      });
    }
    if (best.depth === 0)
      return this.allow({ nodes: 0, depth: 0, price, why: [because('draftingDoesNotPay')] });
    // One level more than pays, or it would never be seen that a deeper draft does.
    const depth = Math.min(room.depth, best.depth + 1);
    return this.allow({ nodes: room.nodes, depth, price, why: [because('depthPays', best.depth)] });
  }

  protected learn({ offer, emitted }: BudgetOutcome): void {
    // What was left out is judged by the target's text too, so a kind that was given up can prove itself.
    this.estimate.observe(offer, emitted);
    if (this.allowed > 0) this.depths.observe(offer, this.allowed, emitted);
    const { levels, nodes } = sizeOf(offer);
    if (levels > 0) this.width += (1 - DECAY) * (nodes / levels - this.width);
  }

  private allow(budget: Omit<Budget, 'policy'>): Omit<Budget, 'policy'> {
    this.allowed = budget.depth;
    return budget;
  }

  private nodesAt(depth: number): number {
    return Math.min(this.limits.nodes, Math.ceil(this.width * depth));
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
