import { EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Budget } from '../../decoding/budget';
import type { Scored } from '../../decoding/scored';
import { bestTreeShape } from '../../decoding/treeShape';
import type { Walk } from '../../decoding/walk';
import type { HeadCard, HeadKind } from '../../models/heads/card';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState, StateReader } from '../drafter';
import type { Guesses, Head, LoadHead } from '../heads/head';
import { PRIOR_RATES } from './draftGrowth';
import { growByScore, growShape, type LevelGuesser, type LevelLimits } from './levelGrowth';

/** How a head's guesses become a tree. */
export type Growth = (guesser: LevelGuesser<Guesses>, limits: LevelLimits) => Promise<DraftTree>;

/**
 * A trained head as drafter: it reads the target's states of everything that was accepted, and guesses a level in one
 * run of its network at most. Where time is priced, nodes and levels that promise less than they cost are left out.
 */
class HeadDrafter implements Drafter {
  readonly states: StateReader;
  /** Tokens of the text as far as the head knows it. */
  private length = 0;
  /** Position of the next state. */
  private position = 0;

  constructor(
    readonly description: DrafterDescription,
    private readonly head: Head,
    private readonly grow: Growth,
  ) {
    this.states = {
      reads: head.reads,
      begin: (tokens) => {
        this.length = tokens.length;
        this.position = head.begin(tokens);
        return this.position;
      },
      read: (start, states) => this.read(start, states),
    };
  }

  /** The head was given the text when its states were read. */
  reset(): void {}

  async propose({ tokens }: SequenceState, budget: Budget): Promise<DraftTree> {
    if (tokens.length !== this.length) {
      throw new Error(`${this.description.name} knows ${this.length} tokens of a text of ${tokens.length}.`);
    }
    if (Math.min(budget.nodes, budget.depth) === 0) return EMPTY_DRAFT;
    return this.grow(guesserOf(this.head, this.description.id), {
      nodes: budget.nodes,
      depth: Math.min(budget.depth, this.head.levels ?? budget.depth),
      minPathProbability: budget.price.node,
      minLevelProbability: budget.price.level,
    });
  }

  async commit(walk: Walk, { states, rows }: Scored): Promise<void> {
    if (states === undefined)
      throw new Error(`${this.description.name} was not given the states of a round.`);
    const width = states.length / rows;
    const kept = [0, ...walk.acceptedPath.map((node) => node + 1)];
    const accepted = new Float32Array(kept.length * width);
    kept.forEach((row, i) => accepted.set(states.subarray(row * width, (row + 1) * width), i * width));
    this.length += walk.emitted.length;
    this.position += kept.length;
    await this.head.append(accepted, walk.emitted);
  }

  /** The head is the engine's. */
  dispose(): void {}

  private async read(start: number, states: Float32Array): Promise<void> {
    const width = this.head.card.target.hiddenSize * this.head.reads.length;
    // The target may run more of the text again than the head needs.
    const fresh = states.subarray(Math.max(0, this.position - start) * width);
    this.position += fresh.length / width;
    if (fresh.length > 0) await this.head.append(fresh);
  }
}

/** @param name the drafter, for the nodes' source, which names the level too */
function guesserOf(head: Head, name: string): LevelGuesser<Guesses> {
  return {
    first: () => head.first(),
    next: (nodes) => head.next(nodes),
    children: ({ topK, topToken, topProbability }, row) =>
      Array.from({ length: topK }, (_, rank) => ({
        token: topToken[row * topK + rank],
        // A softmax in fp32 may end just above 1, and a path must not be likelier than its beginning.
        q: Math.min(1, topProbability[row * topK + rank]),
      })),
    source: (depth) => `${name}:${depth}`,
  };
}

/** The tree whose shape promises most by how often the head was right when it was trained, whatever it guesses now. */
function growStatic({ hitRate }: HeadCard): Growth {
  const rates = hitRate?.map((upTo) => upTo.map((rate, rank) => rate - (upTo[rank - 1] ?? 0)));
  return (guesser, limits) =>
    growShape(guesser, bestTreeShape(rates ?? [PRIOR_RATES], limits, limits.minPathProbability));
}

/** A head's line of the catalogue: what `describe` says, as a drafter of the kind `heads`. */
export function headEntry(
  { id, name, summary }: Pick<DrafterDescription, 'name' | 'summary'> & { readonly id: HeadKind },
  load: LoadHead,
  grow: Growth = growByScore,
): DrafterEntry {
  const description: DrafterDescription = {
    ...{ id, name, summary },
    kind: 'heads',
    needs: { head: id },
    qIsLaw: false,
    divisible: true,
  };
  return {
    description,
    async create(context) {
      const head = await context.openHead(id, load);
      const growth = context.headTree === 'static' ? growStatic(head.card) : grow;
      return new HeadDrafter(description, head, growth);
    },
  };
}
