import { drafters } from '../../src/engine/drafters/catalogue';
import type { DrafterDescription } from '../../src/engine/drafter';
import { policySchema, type Policy } from '../../src/protocol/engine';

/** What decodes: a drafter under a policy that may spend so many nodes a round. */
export interface Contender {
  readonly name: string;
  readonly drafter: string;
  readonly kind: DrafterDescription['kind'];
  readonly policy: Policy;
  readonly nodes: number;
  readonly depth: number;
}

/** The sizes that `fixed` is tried at; every other policy chooses its own, up to the largest. */
const SIZES = [4, 8, 16];
const LARGEST = Math.max(...SIZES);

/** Plain decoding: what the others are compared with. */
export const PLAIN: Contender = {
  name: 'plain',
  drafter: 'none',
  kind: 'none',
  policy: 'fixed',
  nodes: 0,
  depth: 0,
};

/** Drafters that guess, by id, but for trained heads, which have a benchmark of their own. */
export const speculative: readonly string[] = drafters
  .map(({ description }) => description)
  .filter(({ kind }) => kind !== 'none' && kind !== 'heads')
  .map(({ id }) => id);

export const policies: readonly string[] = policySchema.options;

/** Every drafter of the catalogue that is wanted under every policy that is wanted. */
export function contenders(wanted: {
  readonly drafter: readonly string[];
  readonly policy: readonly string[];
}): Contender[] {
  return drafters
    .map(({ description }) => description)
    .filter(({ id, kind }) => kind !== 'none' && wanted.drafter.includes(id))
    .flatMap(({ id, kind }) =>
      policySchema.options
        .filter((policy) => wanted.policy.includes(policy))
        .flatMap((policy) =>
          (policy === 'fixed' ? SIZES : [LARGEST]).map((nodes) => ({
            name: `${id} ${policy} ${nodes}`,
            drafter: id,
            kind,
            policy,
            nodes,
            depth: nodes,
          })),
        ),
    );
}
