import { UserError } from '../errors';
import type { DraftTree } from './draftTree';
import type { PhaseTimes } from './metrics';
import { because, type Reason } from './reason';

/**
 * What the drafter has to promise, in expected accepted tokens, for one more node and for one more level of its
 * draft to be worth the time that drafting and verifying them takes, and for a microsecond of its own time.
 */
export interface Price {
  readonly node: number;
  readonly level: number;
  readonly time: number;
}

/** The price where only the size counts. */
export const FREE: Price = { node: 0, level: 0, time: 0 };

/** Most nodes of a draft, and most tokens on one path, that can be asked for: what v(T) is measured up to. */
export const MOST_NODES = 64;

/** What a drafter may propose in one round, and why. */
export interface Budget {
  /** Most nodes in the tree; 0 is plain decoding. */
  readonly nodes: number;
  /** Most tokens on one path. */
  readonly depth: number;
  /** Where to stop growing below that, for a drafter that can tell what a node is worth. */
  readonly price: Price;
  /** Which policy chose it. */
  readonly policy: string;
  /** For the view. */
  readonly why: readonly Reason[];
}

/** What a policy knows of the sequence before a round. */
export interface BudgetState {
  /** Tokens that may still be emitted before the token limit or the context ends, at least 1. */
  readonly remaining: number;
  /** Tokens whose keys and values are cached. */
  readonly past: number;
}

/** The part of an offered draft that is verified. */
export interface Trimmed {
  readonly draft: DraftTree;
  /** Indices into the offer of the draft's nodes, rising. */
  readonly kept: readonly number[];
  /** For the view; empty when there is nothing to add to the budget's. */
  readonly why: readonly Reason[];
}

/** What a policy learns of a round. */
export interface BudgetOutcome {
  /** What the drafter proposed, and the part of it that was verified. */
  readonly offer: DraftTree;
  readonly draft: DraftTree;
  /** The tokens that the round added. */
  readonly emitted: readonly number[];
  /** Cached tokens before the forward. */
  readonly past: number;
  readonly times: PhaseTimes;
}

/** Chooses the size of each round's draft. */
export interface BudgetPolicy {
  readonly id: string;
  /** A budget under which the round cannot emit more than `state.remaining` tokens. */
  next(state: BudgetState): Budget;
  /** Takes what is worth verifying of a drafter's offer, `past` tokens being cached. */
  trim(offer: DraftTree, past: number): Trimmed;
  observe(outcome: BudgetOutcome): void;
}

/** All of an offer. */
export function whole(offer: DraftTree): Trimmed {
  return { draft: offer, kept: [...offer.token.keys()], why: [] };
}

/**
 * The same budget in every round, made smaller only where the text is about to end. Either number 0 is plain
 * decoding.
 *
 * @throws UserError `usage` when a number is not a whole number of at least 0
 */
export function fixedPolicy({ nodes, depth }: Pick<Budget, 'nodes' | 'depth'>): BudgetPolicy {
  checkWhole('nodes', nodes);
  checkWhole('depth', depth);
  const policy = 'fixed';
  const levels = Math.min(depth, nodes);
  return {
    id: policy,
    next({ remaining }) {
      // The target always adds one token to the accepted path.
      const room = Math.max(0, remaining - 1);
      const none = { nodes: 0, depth: 0, price: FREE, policy };
      if (levels === 0) return { ...none, why: [because('notAsked')] };
      if (room === 0) return { ...none, why: [because('noRoom')] };
      const asked = { nodes, depth: Math.min(levels, room), price: FREE, policy };
      if (room < levels) return { ...asked, why: [because('room', remaining)] };
      return { ...asked, why: [because('asked', nodes)] };
    },
    trim: whole,
    observe: () => undefined,
  };
}

/**
 * A policy for a target that verifies chains alone: of what the policy keeps, the path of first children.
 *
 * @param provider what cannot verify trees
 */
export function chainPolicy(policy: BudgetPolicy, provider: string): BudgetPolicy {
  return {
    ...policy,
    id: policy.id,
    next: (state) => policy.next(state),
    observe: (outcome) => policy.observe(outcome),
    trim(offer, past) {
      const trimmed = policy.trim(offer, past);
      const path: number[] = [];
      trimmed.draft.parent.forEach((parent, node) => {
        if (parent === (path.at(-1) ?? -1)) path.push(node);
      });
      if (path.length === trimmed.kept.length) return trimmed;
      const { draft } = trimmed;
      return {
        draft: {
          token: Int32Array.from(path, (node) => draft.token[node]),
          parent: Int32Array.from(path, (_, i) => i - 1),
          depth: Int32Array.from(path, (node) => draft.depth[node]),
          q: Float64Array.from(path, (node) => draft.q[node]),
          source: path.map((node) => draft.source[node]),
        },
        kept: path.map((node) => trimmed.kept[node]),
        why: [...trimmed.why, because('chain', provider)],
      };
    },
  };
}

function checkWhole(name: 'nodes' | 'depth', value: number): void {
  if (Number.isInteger(value) && value >= 0) return;
  throw new UserError(
    'usage',
    `The draft's ${name} must be a whole number of at least 0, not ${value}.`,
    `Change ${name}.`,
  );
}
