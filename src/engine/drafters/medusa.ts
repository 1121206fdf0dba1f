import type { HeadCard } from '../../models/heads/card';
import { floats } from '../session';
import type { Guesses, Head } from '../heads/head';
import { GUESSES, type HeadPart, type HeadParts } from '../heads/headParts';
import { LastState } from '../heads/lastState';
import type { DraftNode } from '../draftModel';
import { headEntry } from './headDrafter';

/** One run guesses all levels, each blind to what the others guess: below every node of a level stands the same. */
class MedusaHead implements Head {
  readonly reads = ['hidden'] as const;
  private readonly text: LastState;
  /** By level. */
  private guesses: readonly Guesses[] = [];
  private level = 0;

  private constructor(
    readonly card: HeadCard,
    private readonly parts: HeadParts,
    private readonly part: HeadPart,
  ) {
    this.text = new LastState(card.target.hiddenSize);
  }

  static async load(card: HeadCard, parts: HeadParts): Promise<MedusaHead> {
    return new MedusaHead(card, parts, await parts.open('medusa', { inputs: ['hidden'], outputs: GUESSES }));
  }

  get levels(): number {
    return this.card.levels;
  }

  begin(tokens: readonly number[]): number {
    return this.text.begin(tokens);
  }

  append(states: Float32Array, emitted: readonly number[] = []): void {
    this.text.append(states, emitted);
  }

  async first(): Promise<Guesses | null> {
    const { state } = this.text;
    if (state === null) return null;
    const results = await this.part.run({ hidden: floats([1, state.length], state) }, GUESSES);
    const { levels } = this;
    const tokens = Int32Array.from(results['top.token'].data as BigInt64Array, Number);
    const probabilities = results['top.probability'].data as Float32Array;
    const topK = tokens.length / levels;
    this.guesses = Array.from({ length: levels }, (_, level) => ({
      rows: 1,
      topK,
      topToken: tokens.subarray(level * topK, (level + 1) * topK),
      topProbability: probabilities.subarray(level * topK, (level + 1) * topK),
    }));
    this.level = 0;
    return this.guesses[0];
  }

  next(nodes: readonly DraftNode[]): Promise<Guesses> {
    const { topK, topToken, topProbability } = this.guesses[++this.level];
    return Promise.resolve({
      rows: nodes.length,
      topK,
      topToken: Int32Array.from(nodes.flatMap(() => [...topToken])),
      topProbability: Float32Array.from(nodes.flatMap(() => [...topProbability])),
    });
  }

  async dispose(): Promise<void> {
    await this.parts.dispose();
  }
}

/** Medusa (Cai et al., ICML 2024, arXiv 2401.10774), whose tree follows, at temperature 0, each round's probabilities. */
export const medusa = headEntry(
  {
    id: 'medusa',
    name: 'Medusa heads',
    summary: 'Lets trained heads guess the next few tokens at once, each blind to the others’ guesses.',
  },
  (card, parts) => MedusaHead.load(card, parts),
);
