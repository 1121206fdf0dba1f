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
  medusa,
  hydra,
  clover,
  clover2,
  withSuffix(clover2),
  eagle,
];

/** Ids of heads that can be had with suffix decoding beside them, listed or not. */
const WITH_SUFFIX = /^([^+]*)\+suffix$/;

/** @throws UserError `usage` that lists the ids there are */
export function findDrafter(id: string): DrafterEntry {
  const entry = drafters.find(({ description }) => description.id === id);
  if (entry !== undefined) return entry;
  const head = drafters.find(({ description }) => description.id === WITH_SUFFIX.exec(id)?.[1]);
  if (typeof head?.description.needs === 'object') return withSuffix(head);
  const ids = drafters.map(({ description }) => description.id).join(', ');
  throw new UserError('usage', `There is no drafter named "${id}".`, `Choose one of: ${ids}.`);
}
