import { AcceptanceEstimate } from '../../decoding/acceptanceEstimate';
import type { Budget } from '../../decoding/budget';
import type { DraftTree } from '../../decoding/draftTree';
import { mergeDrafts } from '../../decoding/mergeDrafts';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { promptLookup } from './promptLookup';
import { suffix } from './suffix';
import { tokenRecycling } from './tokenRecycling';

/** Drafters that cost next to nothing to ask. Where two promise the same, the first comes first. */
const MEMBERS: readonly DrafterEntry[] = [suffix, promptLookup, tokenRecycling];

const description: DrafterDescription = {
  id: 'best-of',
  name: 'Best of several',
  kind: 'n-gram',
  summary:
    'Asks suffix decoding, prompt lookup and token recycling in every round and merges what they offer into one tree, of which it proposes the likeliest part.',
  needs: 'nothing',
  qIsLaw: false,
  divisible: true,
};

/**
 * Asks several drafters and proposes one tree of all their paths: the nodes most likely to be accepted, by an
 * estimate that is measured in this generation; `q` is that estimate. Every drafter learns from every round, and
 * every offer is held against what the target wrote, also what was left out: so a drafter need not be tried to be
 * found good.
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

    const believed = offers.map((draft) => ({ draft, probability: this.estimate.probabilities(draft) }));
    return mergeDrafts(believed, budget.nodes);
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

/** The best of several drafters' offers, in one tree. */
export const bestOf: DrafterEntry = {
  description,
  async create(context) {
    const members: Drafter[] = [];
    for (const member of MEMBERS) members.push(await member.create(context));
    return new BestOfDrafter(members);
  },
};
