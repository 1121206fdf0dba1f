import { UserError } from '../errors';

/** What a drafter may propose in one round, and why. */
export interface Budget {
  /** Most nodes in the tree; 0 is plain decoding. */
  readonly nodes: number;
  /** Most tokens on one path. */
  readonly depth: number;
  /** Which policy chose it. */
  readonly policy: string;
  /** One clause for the view, for example `8 nodes asked for in the settings`. */
  readonly reason: string;
}

/** What a policy knows of the sequence before a round. */
export interface BudgetState {
  /** Tokens that may still be emitted before the token limit or the context ends, at least 1. */
  readonly remaining: number;
}

/** Chooses the size of each round's draft. */
export interface BudgetPolicy {
  readonly id: string;
  /** A budget under which the round cannot emit more than `state.remaining` tokens. */
  next(state: BudgetState): Budget;
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
      if (levels === 0) return { nodes: 0, depth: 0, policy, reason: 'no draft asked for in the settings' };
      if (room === 0) return { nodes: 0, depth: 0, policy, reason: 'only one more token fits' };
      if (room < levels) return { nodes, depth: room, policy, reason: `only ${remaining} more tokens fit` };
      const reason = `${nodes} ${nodes === 1 ? 'node' : 'nodes'} asked for in the settings`;
      return { nodes, depth: levels, policy, reason };
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
