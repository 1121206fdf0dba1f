import { EMPTY_DRAFT } from '../../decoding/draftTree';
import type { Drafter, DrafterDescription, DrafterEntry } from '../drafter';

const description: DrafterDescription = {
  id: 'none',
  name: 'No drafter',
  kind: 'none',
  summary: 'Plain decoding, one token per forward: what every drafter is compared with.',
  needs: 'nothing',
  qIsLaw: false,
  divisible: true,
};

/** Plain decoding. */
export const none = {
  description,
  create: (): Drafter => ({
    description,
    reset() {},
    propose: () => EMPTY_DRAFT,
    commit() {},
    dispose() {},
  }),
} satisfies DrafterEntry;
