import type { Budget } from '../../decoding/budget';
import { DepthRates } from '../../decoding/depthRates';
import { DraftCost } from '../../decoding/draftCost';
import { largest } from '../../decoding/order';
import type { DraftTree } from '../../decoding/draftTree';
import { Patience } from '../../decoding/patience';

/** How much of its weight a round keeps with every later one. */
const DECAY = 0.95;
/** Rounds before a drafter that does not pay is tried again, at first and at most. */
const FIRST_WAIT = 8;
const LONGEST_WAIT = 64;

/** Nodes of one depth that were verified, and the rounds that it was asked for; older ones weigh less. */
interface Verified {
  nodes: number;
  rounds: number;
}

/**
 * How deep to ask a drafter whose own time counts, beside offers that cost nothing: as deep as what it can add to those
 * is worth the time that drafting it and verifying it takes. It adds a token where the text goes its way and not theirs.
 */
export class AskedDepth {
  private readonly rates = new DepthRates(null, DECAY);
  private readonly cost = new DraftCost();
  private readonly patience = new Patience(FIRST_WAIT, LONGEST_WAIT);
  /** By depth. */
  private readonly verified: Verified[] = [];
  /** Nodes that a level of its offers had on average. */
  private width = 1;

  /**
   * @param covered by depth, from 1: the probability that the free offers hold the text so far
   * @returns what it may do; null where it is not to be asked at all
   */
  choose(covered: readonly number[], budget: Budget): Budget | null {
    const { depth: most, price } = budget;
    // Until it is known what its time is, nothing can be said against it.
    if (price.time === 0 || this.cost.average === 0) return budget;
    let added = 0;
    let best = { depth: 0, gain: 0 };
    for (let depth = 1; depth <= most; depth++) {
      const reached = this.rates.expectedAccepted(depth) - this.rates.expectedAccepted(depth - 1);
      added += reached * (1 - Math.min(1, covered[depth - 1] ?? 0)) - price.node * this.verifiedAt(depth);
      const gain = added - price.time * this.cost.estimate(depth, this.width * depth);
      if (gain > best.gain) best = { depth, gain };
    }
    if (best.depth === 0) return this.patience.isOver() ? { ...budget, depth: Math.min(1, most) } : null;
    this.patience.reset();
    const level = price.time * this.cost.estimate(1, 0);
    return { ...budget, depth: best.depth, price: { ...price, level } };
  }

  /**
   * Learns what became of an offer.
   *
   * @param asked the depth that it was asked for
   * @param us its time, in microseconds
   * @param emitted the tokens after the root token
   * @param verified the depths of the nodes that the target scored and nobody else had offered
   */
  observe(
    offer: DraftTree,
    asked: number,
    us: number,
    emitted: readonly number[],
    verified: readonly number[],
  ): void {
    this.rates.observe(offer, asked, emitted);
    for (let depth = 1; depth <= asked; depth++) {
      const { nodes, rounds } = this.verified[depth] ?? { nodes: 0, rounds: 0 };
      const more = verified.filter((each) => each === depth).length;
      this.verified[depth] = { nodes: DECAY * nodes + more, rounds: DECAY * rounds + 1 };
    }
    const [levels, nodes] = [largest([0, ...offer.depth]), offer.token.length];
    this.cost.observe({ levels, nodes, us });
    if (levels > 0) this.width += (1 - DECAY) * (nodes / levels - this.width);
  }

  /** Nodes of a depth that the target has to score when it is asked for. */
  private verifiedAt(depth: number): number {
    const known = this.verified.at(depth);
    return known === undefined ? 0 : known.nodes / known.rounds;
  }
}
