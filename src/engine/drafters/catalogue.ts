import { UserError } from '../../errors';
import type { Drafter, DrafterDescription } from '../drafter';
import { bestOf } from './bestOf';
import { lookahead } from './lookahead';
import type { DrafterMemory } from './memory';
import { none } from './none';
import { promptLookup } from './promptLookup';
import { suffix } from './suffix';
import { tokenRecycling } from './tokenRecycling';

export interface DrafterEntry {
  readonly description: DrafterDescription;
  /**
   * A new drafter without a sequence; `reset` gives it one.
   *
   * @param memory what the engine's drafters keep between generations
   */
  create(memory: DrafterMemory): Drafter;
}

/** Every drafter there is. A new one is its own file and one line here. */
export const drafters: readonly DrafterEntry[] = [
  none,
  promptLookup,
  suffix,
  tokenRecycling,
  lookahead,
  bestOf,
];

/** @throws UserError `usage` that lists the ids there are */
export function findDrafter(id: string): DrafterEntry {
  const entry = drafters.find(({ description }) => description.id === id);
  if (entry !== undefined) return entry;
  const ids = drafters.map(({ description }) => description.id).join(', ');
  throw new UserError('usage', `There is no drafter named "${id}".`, `Choose one of: ${ids}.`);
}
