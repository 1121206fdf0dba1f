import { EMPTY_DRAFT } from '../../decoding/draftTree';
import type { Drafter, DrafterDescription } from '../drafter';
import type { DrafterEntry } from './catalogue';

const description: DrafterDescription = {
  id: 'none',
  name: 'No drafter',
  kind: 'none',
  summary: 'Plain decoding, one token per forward: what every drafter is compared with.',
  qIsLaw: false,
};

/** Plain decoding. */
export const none: DrafterEntry = {
  description,
  create: (): Drafter => ({
    description,
    reset() {},
    propose: () => EMPTY_DRAFT,
    commit() {},
    dispose() {},
  }),
};
