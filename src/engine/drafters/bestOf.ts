import { AcceptanceEstimate } from '../../decoding/acceptanceEstimate';
import type { Budget } from '../../decoding/budget';
import { EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { promptLookup } from './promptLookup';
import { suffix } from './suffix';
import { tokenRecycling } from './tokenRecycling';

/** Drafters that cost next to nothing to ask. Where two promise the same, the first is taken. */
const MEMBERS: readonly DrafterEntry[] = [suffix, promptLookup, tokenRecycling];

const description: DrafterDescription = {
  id: 'best-of',
  name: 'Best of several',
  kind: 'n-gram',
  summary:
    'Asks suffix decoding, prompt lookup and token recycling in every round and takes the draft that promises most, as far as each kept its promises so far.',
  needs: 'nothing',
  qIsLaw: false,
  divisible: true,
};

/**
 * Asks several drafters and proposes the offer with the most expected accepted tokens, by an estimate that is
 * measured in this generation. Every drafter learns from every round, and every offer is held against what the
 * target wrote, also those that were not taken: so a drafter need not be tried to be found good.
 */
export class BestOfDrafter implements Drafter {
  readonly description = description;
  private estimate = new AcceptanceEstimate();
  private offers: readonly DraftTree[] = [];

  constructor(private readonly members: readonly Drafter[]) {}

  async reset(tokens: readonly number[]): Promise<void> {
    this.estimate = new AcceptanceEstimate();
    this.offers = [];
    for (const member of this.members) await member.reset(tokens);
  }

  async propose(state: SequenceState, budget: Budget): Promise<DraftTree> {
    const offers: DraftTree[] = [];
    for (const member of this.members) offers.push(await member.propose(state, budget));
    this.offers = offers;

    let best = EMPTY_DRAFT;
    let most = 0;
    for (const offer of offers) {
      const expected = this.estimate.expectedAccepted(offer);
      if (expected > most) [best, most] = [offer, expected];
    }
    return best;
  }

  async commit(walk: Walk, scored: Scored, draft: DraftTree): Promise<void> {
    for (const offer of this.offers) this.estimate.observe(offer, walk.emitted);
    this.offers = [];
    for (const member of this.members) await member.commit(walk, scored, draft);
  }

  async dispose(): Promise<void> {
    for (const member of this.members) await member.dispose();
  }
}

/** The best of several drafters' offers. */
export const bestOf: DrafterEntry = {
  description,
  async create(context) {
    const members: Drafter[] = [];
    for (const member of MEMBERS) members.push(await member.create(context));
    return new BestOfDrafter(members);
  },
};
