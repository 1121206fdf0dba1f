import { EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Budget } from '../../decoding/budget';
import { eagleTreeShape } from '../../decoding/eagleTree';
import { isGreedy } from '../../decoding/sampling';
import type { Scored } from '../../decoding/scored';
import { bestTreeShape, type TreeShape } from '../../decoding/treeShape';
import type { Walk } from '../../decoding/walk';
import type { HeadKind } from '../../models/heads/card';
import type { HeadTree } from '../../protocol/engine';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState, StateReader } from '../drafter';
import type { Guesses, Head, LoadHead } from '../heads/head';
import { observeRanks, PRIOR_RATES } from './draftGrowth';
import { guessedChildren, type GuessedChildren } from './guessedChildren';
import { growByScore, growShape, type LevelGuesser, type LevelLimits, type Thrift } from './levelGrowth';
import { RankRates } from './rankRates';

/** How a head's guesses become a tree. */
export type Growth = (guesser: LevelGuesser<Guesses>, limits: LevelLimits) => Promise<DraftTree>;

/**
 * A head's run costs more with each row, and few nodes behind these have children in the tree. Widths as WIDTHS in
 * training/draft_heads/parts.py: after these nodes a head that guesses all levels in one run has guessed already.
 */
export const THRIFT: Thrift = { widths: [8, 6, 4, 3], childProbability: 1 / 2 };

const growThriftily: Growth = (guesser, limits) => growByScore(guesser, limits, THRIFT);

/** How a head is made to draft. */
interface Drafting {
  readonly grow: Growth;
  readonly children: GuessedChildren;
  /** Whether children are drawn, so that which of them the target will take cannot be told from `q`. */
  readonly draws: boolean;
  readonly tree: HeadTree;
}

/**
 * A trained head as drafter: it reads the target's states of everything that was accepted, and guesses a level in one
 * run of its network at most. Where time is priced, nodes and levels that promise less than they cost are left out.
 *
 * At temperature 0 the tree grows as the head thinks. Above it the shape follows from how often each rank was taken so
 * far. Where it is static, it follows at any temperature from how often the head was right in training (Sequoia, Chen et
 * al., NeurIPS 2024), or is EAGLE-1's where the head's card does not tell, as of imported ones.
 */
class HeadDrafter implements Drafter {
  readonly states: StateReader;
  private ranks = new RankRates(PRIOR_RATES);
  /** Tokens of the text as far as the head knows it. */
  private length = 0;
  /** Position of the next state. */
  private position = 0;

  constructor(
    readonly description: DrafterDescription,
    private readonly head: Head,
    private readonly drafting: Drafting,
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
  reset(): void {
    // Not kept over generations: with the same seed the same is drafted.
    this.ranks = new RankRates(PRIOR_RATES);
  }

  async propose({ tokens }: SequenceState, budget: Budget): Promise<DraftTree> {
    if (tokens.length !== this.length) {
      throw new Error(`${this.description.name} knows ${this.length} tokens of a text of ${tokens.length}.`);
    }
    if (Math.min(budget.nodes, budget.depth) === 0) return EMPTY_DRAFT;
    const limits = {
      nodes: budget.nodes,
      depth: Math.min(budget.depth, this.head.levels ?? budget.depth),
      minPathProbability: budget.price.node,
      minLevelProbability: budget.price.level,
    };
    const shape = this.shapeWithin(limits);
    // Where levels are priced, or a shape asks for improbable nodes too, most of what was guessed ahead would be lost.
    const all = shape === null && limits.minLevelProbability === 0 && limits.depth === this.head.levels;
    const guesser = this.guesserAfter(tokens.length - 1, all);
    return shape === null ? this.drafting.grow(guesser, limits) : growShape(guesser, shape);
  }

  async commit(walk: Walk, { states, rows }: Scored, draft: DraftTree): Promise<void> {
    observeRanks(this.ranks, walk, draft, this.description.id);
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

  /** The tree's shape; null where it grows as the head thinks. */
  private shapeWithin(limits: LevelLimits): TreeShape | null {
    const { tree, draws } = this.drafting;
    const bestBy = (rates: readonly (readonly number[])[]) =>
      bestTreeShape(rates, limits, limits.minPathProbability);
    switch (tree) {
      case 'static': {
        const { hitRate } = this.head.card;
        if (hitRate === undefined) return eagleTreeShape(limits);
        return bestBy(hitRate.map((upTo) => upTo.map((rate, rank) => rate - (upTo[rank - 1] ?? 0))));
      }
      case 'dynamic':
        return draws ? bestBy([PRIOR_RATES.map((_, rank) => this.ranks.rate(rank))]) : null;
    }
  }

  /**
   * @param root position of the root token
   * @param all whether all levels will most likely be asked for
   */
  private guesserAfter(root: number, all: boolean): LevelGuesser<Guesses> {
    const { head, description } = this;
    return {
      first: () => head.first(all),
      next: (nodes) => head.next(nodes),
      children: (guesses, row, path) => this.drafting.children(guesses, row, root + path.length + 1),
      source: (depth) => `${description.id}:${depth}`,
    };
  }
}

/** A head's line of the catalogue: what `describe` says, as a drafter of the kind `heads`. */
export function headEntry(
  { id, name, summary }: Pick<DrafterDescription, 'name' | 'summary'> & { readonly id: HeadKind },
  load: LoadHead,
  grow: Growth = growThriftily,
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
      const { settings } = context.sampler;
      return new HeadDrafter(description, head, {
        grow,
        children: guessedChildren(settings),
        draws: !isGreedy(settings),
        tree: context.headTree,
      });
    },
  };
}
