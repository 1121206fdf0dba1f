import { UserError } from '../errors';
import type { DraftTree } from './draftTree';
import { isGreedy, type SamplerSettings } from './sampling';
import type { Scored } from './scored';
import type { NodeState } from './walk';

/** What a rule writes down of each node, `[n]` each, while it walks. */
export interface Verdict {
  readonly state: NodeState[];
  readonly processedProbability: Float64Array;
  readonly draw: Float64Array;
  readonly chance: Float64Array;
}

/** The verdict before anything is known. */
export function emptyVerdict(draft: DraftTree, scored: Scored): Verdict {
  const nodes = draft.token.length;
  if (scored.rows !== nodes + 1) {
    throw new Error(`A draft of ${nodes} nodes was scored with ${scored.rows} rows instead of ${nodes + 1}.`);
  }
  return {
    state: new Array<NodeState>(nodes).fill('notReached'),
    processedProbability: new Float64Array(nodes).fill(NaN),
    draw: new Float64Array(nodes).fill(NaN),
    chance: new Float64Array(nodes).fill(NaN),
  };
}

/** The law that the children of a row were drawn from. */
export function drafterLaw({ laws }: DraftTree, row: number): Float64Array {
  const law = laws?.[row] ?? null;
  if (law === null) throw new Error(`The children of row ${row} came without the law they were drawn from.`);
  return law;
}

/** @throws UserError `usage` where nothing is drawn, so that there is no law to keep */
export function requireTemperature(rule: string, settings: SamplerSettings): void {
  if (!isGreedy(settings)) return;
  throw new UserError(
    'usage',
    `The acceptance rule ${rule} is about drawn tokens, and at temperature 0 nothing is drawn.`,
    'Raise temperature or choose the rule auto.',
  );
}

export function requireChain(rule: string, { parent }: DraftTree): void {
  if (parent.some((above, node) => above !== node - 1)) throw new Error(`${rule} was given a tree.`);
}

/**
 * What `law` has more of than `other`, as a law of its own: `max(0, factor * law - other)`, renormalised. The law
 * itself where there is nothing, which only rounding can bring about.
 */
export function excess(law: Float64Array, other: Float64Array, factor = 1): Float64Array {
  let total = 0;
  const rest = law.map((p, token) => {
    const more = Math.max(0, factor * p - other[token]);
    total += more;
    return more;
  });
  return total > 0 ? rest.map((p) => p / total) : law;
}
