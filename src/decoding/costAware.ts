import { AcceptanceEstimate } from './acceptanceEstimate';
import { fixedPolicy, type BudgetPolicy } from './budget';
import type { CostModel } from './costModel';
import { keepNodes, type DraftTree } from './draftTree';

/** How much a round moves what a round costs beside its forward. */
const OVERHEAD_WEIGHT = 0.1;

/**
 * Takes of each offer what pays on this machine: nodes by falling chance of being accepted, as many as give the
 * most tokens for the time, by the cost v(T) that was measured here and the hit rates seen so far. None, when
 * even the likeliest node costs more than it brings.
 */
export function costAwarePolicy(
  cost: CostModel,
  limits: { readonly nodes: number; readonly depth: number },
): BudgetPolicy {
  const largest = fixedPolicy(limits);
  const estimate = new AcceptanceEstimate();
  let overhead = 0;
  const policy = 'costAware';
  return {
    id: policy,
    next({ remaining }) {
      const { nodes, depth } = largest.next({ remaining });
      const reason =
        nodes === 0 ? 'no draft fits' : `at most ${limits.nodes} nodes, of which those that pay are verified`;
      return { nodes, depth, policy, reason };
    },
    trim(draft, past) {
      const chances = estimate.pathProbabilities(draft);
      const order = [...chances.keys()].sort((a, b) => chances[b] - chances[a] || a - b);
      // The round's draft is already made, so what it cost no longer counts.
      const time = (nodes: number) => cost.estimate(nodes + 1, past) + overhead;
      let tokens = 1;
      let best = { nodes: 0, rate: 1 / time(0), tokens };
      for (let nodes = 1; nodes <= order.length; nodes++) {
        tokens += chances[order[nodes - 1]];
        const rate = tokens / time(nodes);
        if (rate > best.rate) best = { nodes, rate, tokens };
      }
      const kept = order.slice(0, best.nodes).sort((a, b) => a - b);
      return { draft: keepNodes(draft, kept), kept, reason: reasonFor(draft, best, time) };
    },
    observe({ offer, draft, emitted, past, times }) {
      // What was left out is judged by the target's text too, so a kind that was given up can prove itself.
      estimate.observe(offer, emitted);
      cost.observe({ rows: draft.token.length + 1, past, us: times.verify });
      const beside = Math.max(0, times.total - times.verify);
      overhead = overhead === 0 ? beside : overhead + OVERHEAD_WEIGHT * (beside - overhead);
    },
  };
}

function reasonFor(
  offered: DraftTree,
  best: { readonly nodes: number; readonly tokens: number },
  time: (nodes: number) => number,
): string {
  const count = offered.token.length;
  if (count === 0) return 'the drafter offered nothing';
  const ratio = (time(best.nodes) / time(0)).toFixed(2);
  return `${best.nodes} of ${count} offered: ${best.tokens.toFixed(2)} tokens expected for ${ratio} of a plain step's time`;
}
