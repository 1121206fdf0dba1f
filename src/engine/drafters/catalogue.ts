import { UserError } from '../../errors';
import type { DrafterEntry } from '../drafter';
import { bestOf, withSuffix } from './bestOf';
import { clover } from './clover';
import { clover2 } from './clover2';
import { draftModel } from './draftModelDrafter';
import { eagle } from './eagle';
import { hydra } from './hydra';
import { lookahead } from './lookahead';
import { medusa } from './medusa';
import { none } from './none';
import { promptLookup } from './promptLookup';
import { staged } from './staged';
import { suffix } from './suffix';
import { tokenRecycling } from './tokenRecycling';

/** Every head, each of which can also be had with suffix decoding beside it. */
const heads: readonly DrafterEntry[] = [medusa, hydra, clover, clover2, eagle];

/** Every drafter there is. A new one is its own file and one line here. */
export const drafters: readonly DrafterEntry[] = [
  none,
  promptLookup,
  suffix,
  tokenRecycling,
  lookahead,
  bestOf,
  draftModel,
  staged,
  ...heads.flatMap((head) => [head, withSuffix(head)]),
];

/** @throws UserError `usage` that lists the ids there are */
export function findDrafter(id: string): DrafterEntry {
  const entry = drafters.find(({ description }) => description.id === id);
  if (entry !== undefined) return entry;
  const ids = drafters.map(({ description }) => description.id).join(', ');
  throw new UserError('usage', `There is no drafter named "${id}".`, `Choose one of: ${ids}.`);
}
