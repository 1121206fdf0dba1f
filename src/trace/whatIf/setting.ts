import { plural, t } from '../../l10n';
import type { Round } from '../schema';

/** Another way to size the drafts of a recorded run. */
export interface WhatIf {
  /** `fixed`: all of the draft within the limits; `costAware`: of it, what pays. */
  readonly policy: 'fixed' | 'costAware';
  /** Most nodes of a draft; 0 is plain decoding. */
  readonly nodes: number;
  /** Most tokens on one path. */
  readonly depth: number;
  /** Most children of one node; null for no limit. */
  readonly width: number | null;
  /** A node that the drafter gives less than this is not drafted, nor what follows it. 0 keeps all. */
  readonly minQ: number;
}

/** What a question changes of the recorded setting; what it does not name stays. */
export type Changes = Partial<WhatIf>;

/** The largest draft that is asked about, in nodes, levels and children of one node. */
export const MOST_ASKED = 64;

/** The setting to predict: the recorded limits with the changes. More nodes than recorded make a chain deeper. */
export function changedSetting(recorded: Pick<WhatIf, 'nodes' | 'depth'>, changes: Changes): WhatIf {
  const nodes = changes.nodes ?? recorded.nodes;
  const depth = nodes > recorded.nodes && recorded.depth >= recorded.nodes ? nodes : recorded.depth;
  return { policy: 'fixed', width: null, minQ: 0, nodes, depth: Math.min(nodes, depth), ...changes };
}

/** Plain decoding. */
export const PLAIN: WhatIf = { policy: 'fixed', nodes: 0, depth: 0, width: null, minQ: 0 };

/** Whether a setting drafts nothing. */
export function isPlain({ nodes, depth }: Pick<WhatIf, 'nodes' | 'depth'>): boolean {
  return nodes === 0 || depth === 0;
}

/** The limits under which a run was recorded: the largest budget of its rounds. */
export function recordedLimits(rounds: readonly Round[]): Pick<WhatIf, 'nodes' | 'depth'> {
  return rounds.reduce(
    (most, { budget }) => ({
      nodes: Math.max(most.nodes, budget.nodes),
      depth: Math.max(most.depth, budget.depth),
    }),
    { nodes: 0, depth: 0 },
  );
}

/** `at most 4 nodes, depth 4`: a setting in words. */
export function describeSetting({ policy, nodes, depth, width, minQ }: WhatIf): string {
  if (isPlain({ nodes, depth })) return t('plain decoding');
  return [
    plural(nodes, 'at most {0} node', 'at most {0} nodes'),
    ...(depth < nodes ? [t('depth {0}', depth)] : []),
    ...(width === null ? [] : [t('width {0}', width)]),
    ...(minQ > 0 ? [t('q of at least {0}', minQ)] : []),
    ...(policy === 'costAware' ? [t('of which costAware takes what pays')] : []),
  ].join(', ');
}
