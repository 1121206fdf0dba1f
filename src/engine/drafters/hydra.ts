import type { HeadCard } from '../../models/heads/card';
import type { DraftNode } from '../draftModel';
import type { Guesses, Head } from '../heads/head';
import { GUESSES, guessesOf, type HeadPart, type HeadParts } from '../heads/headParts';
import { HeadBlock } from '../heads/headBlock';
import { LastState } from '../heads/lastState';
import { PrefixState } from '../heads/prefixState';
import { floats, integers } from '../session';
import { headEntry } from './headDrafter';

/** The part that Hydra++ reads the states through. */
const PREFIX = 'hydra-prefix';

/** A head a level, each of which reads the target's last state and the tokens down to its node. */
class HydraHead implements Head {
  readonly reads = ['hidden'] as const;
  /** The tokens down to each of the round's rows, the root's first. */
  private paths: (readonly number[])[] = [];

  private constructor(
    readonly card: HeadCard,
    private readonly parts: HeadParts,
    /** By level. */
    private readonly heads: readonly HeadPart[],
    private readonly text: LastState | PrefixState,
  ) {}

  static async load(card: HeadCard, parts: HeadParts): Promise<HydraHead> {
    const heads: HeadPart[] = [];
    for (let level = 0; level < card.levels; level++) {
      heads.push(await parts.open(`hydra-${level}`, { inputs: ['hidden', 'tokens'], outputs: GUESSES }));
    }
    const text =
      `${PREFIX}.onnx` in card.files
        ? new PrefixState(await HeadBlock.open(parts, PREFIX, 'features', ['state']))
        : new LastState(card.target.hiddenSize);
    return new HydraHead(card, parts, heads, text);
  }

  get levels(): number {
    return this.heads.length;
  }

  begin(tokens: readonly number[]): number {
    return this.text.begin(tokens);
  }

  async append(states: Float32Array, emitted: readonly number[] = []): Promise<void> {
    await this.text.append(states, emitted);
  }

  async first(): Promise<Guesses | null> {
    this.paths = [];
    return this.text.state === null ? null : this.guess(this.text.state, [[this.text.root]]);
  }

  async next(nodes: readonly DraftNode[]): Promise<Guesses> {
    const { state, root } = this.text;
    if (state === null) throw new Error('there is no state to guess from');
    const level = nodes.map(({ token, parent }) => [...(parent < 0 ? [root] : this.paths[parent]), token]);
    this.paths.push(...level);
    return this.guess(state, level);
  }

  async dispose(): Promise<void> {
    await this.parts.dispose();
  }

  private async guess(state: Float32Array, paths: readonly (readonly number[])[]): Promise<Guesses> {
    const [rows, length] = [paths.length, paths[0].length];
    const hidden = new Float32Array(rows * state.length);
    for (let row = 0; row < rows; row++) hidden.set(state, row * state.length);
    const feeds = {
      hidden: floats([rows, state.length], hidden),
      tokens: integers([rows, length], paths.flat()),
    };
    return guessesOf(await this.heads[length - 1].run(feeds, GUESSES), rows);
  }
}

/**
 * Hydra (Ankner et al. 2024, arXiv 2402.05109): Medusa's heads, each told the tokens guessed before it. Hydra++ has a
 * decoder layer over the states besides, which comes with heads that its authors released.
 */
export const hydra = headEntry(
  {
    id: 'hydra',
    name: 'Hydra heads',
    summary:
      'Lets trained heads guess the next few tokens, each reading the tokens that were guessed before it.',
  },
  (card, parts) => HydraHead.load(card, parts),
);
