import type { StateOutput } from '../../models/graph/decoder';
import type { HeadCard } from '../../models/heads/card';
import type { DraftNode } from '../draftModel';
import type { Guesses, Head } from '../heads/head';
import { HeadBlock } from '../heads/headBlock';
import { GUESSES, guessesOf, type HeadPart, type HeadParts } from '../heads/headParts';
import { HeadText } from '../heads/headText';
import { lineageOf, type Lineage } from '../heads/lineage';
import { floats } from '../session';
import { headEntry } from './headDrafter';

const OUTPUTS = ['next', ...GUESSES];

/** One layer that reads a state and the token after it, and guesses the next state: so it can read its own guesses. */
class EagleHead implements Head {
  readonly levels = null;
  readonly reads: readonly StateOutput[];
  private readonly text: HeadText;
  /** The round's rows behind the text's, and the states that they guessed; the root's is `guessed`. */
  private drafted: readonly (Lineage & { readonly state: Float32Array })[] = [];
  private guessed: Float32Array = new Float32Array(0);

  private constructor(
    readonly card: HeadCard,
    private readonly parts: HeadParts,
    private readonly block: HeadBlock,
    /** What makes one state of those of several layers (EAGLE-3). */
    private readonly features: HeadPart | null,
  ) {
    this.reads = card.layers?.map((layer) => `layer.${layer}` as const) ?? ['hidden'];
    this.text = new HeadText(block.width);
  }

  static async load(card: HeadCard, parts: HeadParts): Promise<EagleHead> {
    const block = await HeadBlock.open(parts, 'eagle', 'features', OUTPUTS);
    const shape = { inputs: ['layers'], outputs: ['features'] };
    const features = card.layers === undefined ? null : await parts.open('eagle-features', shape);
    return new EagleHead(card, parts, block, features);
  }

  begin(tokens: readonly number[]): number {
    const kept = this.text.begin(tokens, this.block.length);
    this.forgetDraft(kept);
    return kept;
  }

  async append(states: Float32Array, emitted: readonly number[] = []): Promise<void> {
    this.text.append(await this.featuresOf(states), emitted);
    this.forgetDraft(this.text.rows);
    await this.block.read(this.text);
  }

  async first(): Promise<Guesses | null> {
    if (this.text.waits === 0) return null;
    const { results, rows } = await this.block.catchUp(this.text, OUTPUTS);
    const states = results['next'].data as Float32Array;
    this.guessed = states.slice((rows - 1) * this.block.width);
    return guessesOf(results, 1);
  }

  async next(nodes: readonly DraftNode[]): Promise<Guesses> {
    const { rows: past } = this.text;
    const first = this.drafted.length;
    const rows = nodes.map((node, i) => lineageOf(this.drafted, node, first + i));
    const hidden = this.block.width;
    const states = new Float32Array(nodes.length * hidden);
    nodes.forEach(({ parent }, i) =>
      states.set(parent < 0 ? this.guessed : this.drafted[parent].state, i * hidden),
    );
    const sees = (row: number, drafted: number) => rows[row].ancestors.has(drafted);
    const results = await this.block.run(
      {
        states,
        tokens: nodes.map(({ token }) => token),
        positions: rows.map(({ depth }) => past - 1 + depth),
        visible: (row, column) => sees(row, first + column),
        visiblePast: (row, column) => column < past || sees(row, column - past),
      },
      OUTPUTS,
      [...nodes.keys()],
    );
    const next = results['next'].data as Float32Array;
    this.drafted = [
      ...this.drafted,
      ...rows.map((row, i) => ({ ...row, state: next.subarray(i * hidden, (i + 1) * hidden) })),
    ];
    return guessesOf(results, nodes.length);
  }

  async dispose(): Promise<void> {
    await this.parts.dispose();
  }

  private async featuresOf(states: Float32Array): Promise<Float32Array> {
    if (this.features === null || states.length === 0) return states;
    const width = this.card.target.hiddenSize * this.reads.length;
    const layers = floats([1, states.length / width, width], states);
    return (await this.features.run({ layers }, ['features']))['features'].data as Float32Array;
  }

  private forgetDraft(rows: number): void {
    this.block.truncate(rows);
    this.drafted = [];
  }
}

/**
 * EAGLE (Li et al., ICML 2024, arXiv 2401.15077) with the dynamic tree of EAGLE-2 (EMNLP 2024, arXiv 2406.16858) at
 * temperature 0, also over several layers' states, as EAGLE-3 (NeurIPS 2025, arXiv 2503.01840) reads them.
 */
export const eagle = headEntry(
  {
    id: 'eagle',
    name: 'EAGLE',
    summary:
      'Lets one trained layer guess the target’s next state, and from it the token, level by level from its own guesses.',
  },
  (card, parts) => EagleHead.load(card, parts),
);
