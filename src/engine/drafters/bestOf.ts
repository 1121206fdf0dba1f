import { AcceptanceEstimate } from '../../decoding/acceptanceEstimate';
import type { Budget } from '../../decoding/budget';
import type { DraftTree } from '../../decoding/draftTree';
import { mergeDrafts } from '../../decoding/mergeDrafts';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState, StateReader } from '../drafter';
import { promptLookup } from './promptLookup';
import { suffix } from './suffix';
import { tokenRecycling } from './tokenRecycling';

/**
 * Asks several drafters and proposes one tree of all their paths: the nodes most likely to be accepted, by an
 * estimate that is measured in this generation; `q` is that estimate. Every drafter learns from every round, and
 * every offer is held against what the target wrote, also what was left out: so a drafter need not be tried to be
 * found good.
 */
export class BestOfDrafter implements Drafter {
  /** That of the one member that reads states. */
  readonly states?: StateReader;
  private estimate = new AcceptanceEstimate();
  private offers: readonly DraftTree[] = [];

  constructor(
    readonly description: DrafterDescription,
    private readonly members: readonly Drafter[],
  ) {
    const readers = members.flatMap(({ states }) => (states === undefined ? [] : [states]));
    if (readers.length > 1) throw new Error('one drafter may read states, not several');
    if (readers.length === 1) [this.states] = readers;
  }

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

/**
 * Several drafters as one. Where two promise the same, the first comes first.
 *
 * @param entries of which one at most needs a head, and none a draft model, and whose drafts can be cut
 */
function merging(
  described: Pick<DrafterDescription, 'id' | 'name' | 'summary'>,
  entries: readonly DrafterEntry[],
): DrafterEntry {
  const head = entries.find(({ description }) => typeof description.needs === 'object');
  const description: DrafterDescription = {
    ...described,
    kind: head === undefined ? 'n-gram' : 'heads',
    needs: head?.description.needs ?? 'nothing',
    qIsLaw: false,
    divisible: true,
  };
  return {
    description,
    async create(context) {
      const members: Drafter[] = [];
      for (const entry of entries) members.push(await entry.create(context));
      return new BestOfDrafter(description, members);
    },
  };
}

/** The best of several drafters that cost next to nothing to ask. */
export const bestOf = merging(
  {
    id: 'best-of',
    name: 'Best of several',
    summary:
      'Asks suffix decoding, prompt lookup and token recycling in every round and merges what they offer into one tree, of which it proposes the likeliest part.',
  },
  [suffix, promptLookup, tokenRecycling],
);

/** A head, and suffix decoding beside it: a repeat in the text promises more than any head, and costs nothing. */
export function withSuffix(head: DrafterEntry): DrafterEntry {
  const { id, name } = head.description;
  return merging(
    {
      id: `${id}+suffix`,
      name: `${name} and suffix decoding`,
      summary: `Asks ${name} and suffix decoding in every round and merges what they offer into one tree.`,
    },
    [suffix, head],
  );
}
