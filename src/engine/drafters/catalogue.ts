import { UserError } from '../../errors';
import type { DrafterEntry } from '../drafter';
import { bestOf } from './bestOf';
import { draftModel } from './draftModelDrafter';
import { lookahead } from './lookahead';
import { none } from './none';
import { promptLookup } from './promptLookup';
import { staged } from './staged';
import { suffix } from './suffix';
import { tokenRecycling } from './tokenRecycling';

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
];

/** @throws UserError `usage` that lists the ids there are */
export function findDrafter(id: string): DrafterEntry {
  const entry = drafters.find(({ description }) => description.id === id);
  if (entry !== undefined) return entry;
  const ids = drafters.map(({ description }) => description.id).join(', ');
  throw new UserError('usage', `There is no drafter named "${id}".`, `Choose one of: ${ids}.`);
}
