import { AcceptanceEstimate } from '../../decoding/acceptanceEstimate';
import type { Budget } from '../../decoding/budget';
import { splitSource, type DraftTree } from '../../decoding/draftTree';
import { mergeDrafts } from '../../decoding/mergeDrafts';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type {
  CandidateReader,
  Drafter,
  DrafterDescription,
  DrafterEntry,
  SequenceState,
  StateReader,
} from '../drafter';
import { AskedDepth } from './askedDepth';
import { promptLookup } from './promptLookup';
import { suffix } from './suffix';
import { tokenRecycling } from './tokenRecycling';

/** One of several drafters. */
interface Member {
  readonly drafter: Drafter;
  /** How deep to ask it in each round; null where asking costs next to nothing. */
  readonly asked: AskedDepth | null;
}

/** What a member offered in a round, and the time and depth that it was given where those count. */
interface Offered {
  readonly member: Member;
  readonly draft: DraftTree;
  readonly depth: number;
  readonly us: number;
}

/**
 * Asks several drafters and proposes one tree of all their paths: the nodes most likely to be accepted, by an
 * estimate that is measured in this generation; `q` is that estimate. Every drafter learns from every round, and
 * every offer is held against what the target wrote, also what was left out: so a drafter need not be tried to be
 * found good. One whose own time counts is asked after the others, and only as deep as it can add to what they offer.
 */
export class BestOfDrafter implements Drafter {
  /** That of the one member that reads states. */
  readonly states?: StateReader;
  /** That of the one member that learns from the prompt's candidates. */
  readonly candidates?: CandidateReader;
  private readonly members: readonly Member[];
  private estimate = new AcceptanceEstimate();
  private offers: readonly Offered[] = [];

  /**
   * @param drafters those whose own time counts last
   * @param clock microseconds
   */
  constructor(
    readonly description: DrafterDescription,
    drafters: readonly Drafter[],
    private readonly clock = () => performance.now() * 1000,
  ) {
    this.members = drafters.map((drafter) => ({
      drafter,
      asked: drafter.description.needs === 'nothing' ? null : new AskedDepth(),
    }));
    this.states = onlyOne(drafters.map(({ states }) => states));
    this.candidates = onlyOne(drafters.map(({ candidates }) => candidates));
  }

  async reset(tokens: readonly number[]): Promise<void> {
    this.estimate = new AcceptanceEstimate();
    this.offers = [];
    for (const { drafter } of this.members) await drafter.reset(tokens);
  }

  async propose(state: SequenceState, budget: Budget): Promise<DraftTree> {
    const offers: Offered[] = [];
    for (const member of this.members) {
      const allowed =
        member.asked === null ? budget : member.asked.choose(this.coverage(offers, budget), budget);
      if (allowed === null) continue;
      const begun = this.clock();
      const draft = await member.drafter.propose(state, allowed);
      offers.push({ member, draft, depth: allowed.depth, us: this.clock() - begun });
    }
    this.offers = offers;
    return this.merge(offers, budget);
  }

  private merge(offers: readonly Offered[], { nodes }: Budget): DraftTree {
    const believed = offers.map(({ draft }) => ({ draft, probability: this.estimate.probabilities(draft) }));
    return mergeDrafts(believed, nodes);
  }

  /** By depth, from 1: the estimated probability that the text goes the way of what was offered so far. */
  private coverage(offers: readonly Offered[], budget: Budget): number[] {
    const { parent, depth, q } = this.merge(offers, budget);
    const path = new Float64Array(q.length);
    const covered = new Array<number>(budget.depth).fill(0);
    for (let node = 0; node < path.length; node++) {
      path[node] = q[node] * (parent[node] < 0 ? 1 : path[parent[node]]);
      covered[depth[node] - 1] += path[node];
    }
    return covered;
  }

  async commit(walk: Walk, scored: Scored, draft: DraftTree): Promise<void> {
    this.estimate.observe(
      this.offers.map(({ draft }) => draft),
      walk.emitted,
    );
    for (const offer of this.offers) {
      if (offer.depth === 0) continue;
      offer.member.asked?.observe(
        offer.draft,
        offer.depth,
        offer.us,
        walk.emitted,
        ownDepths(offer.draft, draft),
      );
    }
    this.offers = [];
    for (const { drafter } of this.members) await drafter.commit(walk, scored, draft);
  }

  async dispose(): Promise<void> {
    for (const { drafter } of this.members) await drafter.dispose();
  }
}

/** Depths of the nodes of a merged draft that came from one offer alone. */
function ownDepths(offer: DraftTree, merged: DraftTree): number[] {
  const own = new Set(offer.source.map((source) => splitSource(source).name));
  return [...merged.depth].filter((_, node) => own.has(splitSource(merged.source[node]).name));
}

/** @throws Error where several of an engine's drafters read the same */
function onlyOne<T>(readers: readonly (T | undefined)[]): T | undefined {
  const there = readers.filter((reader) => reader !== undefined);
  if (there.length > 1) throw new Error('one drafter may read states or candidates, not several');
  return there.at(0);
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
    weighsTime: head !== undefined,
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
