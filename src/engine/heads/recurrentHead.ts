import type { HeadCard } from '../../models/heads/card';
import type { DraftNode } from '../draftModel';
import { floats, integers, type Results } from '../session';
import { AHEAD, AheadGuesses } from './aheadGuesses';
import type { Guesses, Head } from './head';
import { blockShape, HeadBlock } from './headBlock';
import { GUESSES, guessesOf, type HeadPart, type HeadParts } from './headParts';
import { HeadText } from './headText';

const GUESSING_BLOCK = ['state', ...GUESSES];
const CELL = { inputs: ['state', 'tokens'], outputs: ['next', ...GUESSES] };

/** The parts of a recurrent head by name. */
export interface RecurrentParts {
  /** Reads the text, and guesses the first level. */
  readonly block: string;
  /** `[levels - 1]` the cell of each further level. */
  readonly cells: readonly string[];
  /** The block and the cells of all levels in one run; a head can do without. */
  readonly draft?: string;
}

/**
 * A head that reads the text with layers of its own, and guesses with a recurrent cell: what a node knows of the path
 * down to it is one state, so that a level costs no cache and no mask.
 */
export class RecurrentHead implements Head {
  readonly reads = ['hidden.before_norm'] as const;
  private readonly text: HeadText;
  /** `[hidden]` each: what the round's rows know, and what the text does. */
  private states: Float32Array[] = [];
  private start: Float32Array = new Float32Array(0);
  private level = 0;
  /** What the round's first run guessed of the further levels, and which of its rows the round's are. */
  private ahead: AheadGuesses | null = null;
  private places: (number | undefined)[] = [];

  private constructor(
    readonly card: HeadCard,
    private readonly parts: HeadParts,
    private readonly block: HeadBlock,
    private readonly cells: readonly HeadPart[],
    /** Guesses all levels in one run. */
    private readonly draft: HeadPart | null,
  ) {
    this.text = new HeadText(card.target.hiddenSize);
  }

  static async load(card: HeadCard, parts: HeadParts, names: RecurrentParts): Promise<RecurrentHead> {
    const block = await HeadBlock.open(parts, names.block, 'states', GUESSING_BLOCK);
    const opened = new Map<string, HeadPart>();
    for (const name of new Set(names.cells)) opened.set(name, await parts.open(name, CELL));
    const cells = names.cells.map((name) => opened.get(name)!);
    const draft =
      names.draft !== undefined && `${names.draft}.onnx` in card.files
        ? await parts.open(names.draft, blockShape('states', [...GUESSING_BLOCK, ...AHEAD]))
        : null;
    return new RecurrentHead(card, parts, block, cells, draft);
  }

  get levels(): number {
    return this.cells.length + 1;
  }

  begin(tokens: readonly number[]): number {
    const kept = this.text.begin(tokens, this.block.length);
    this.block.truncate(kept);
    return kept;
  }

  async append(states: Float32Array, emitted: readonly number[] = []): Promise<void> {
    this.text.append(states, emitted);
    await this.block.read(this.text);
  }

  async first(all = false): Promise<Guesses | null> {
    if (this.text.waits === 0) return null;
    this.states = [];
    this.level = 0;
    this.places = [];
    const whole = all ? this.draft : null;
    const { results } = await (whole === null
      ? this.block.catchUp(this.text, GUESSING_BLOCK)
      : this.block.catchUp(this.text, [...GUESSING_BLOCK, ...AHEAD], whole));
    this.ahead = whole === null ? null : new AheadGuesses(results);
    // Of the last row, whether the block hands out all or only this one.
    this.start = (results['state'].data as Float32Array).slice(-this.hidden);
    return guessesOf(results, 1);
  }

  async next(nodes: readonly DraftNode[]): Promise<Guesses> {
    const cell = this.cells[this.level++];
    const ahead = this.guessedAhead(nodes);
    if (ahead !== null) return ahead;
    const before = nodes.map(({ parent }) => (parent < 0 ? this.start : this.states[parent]));
    const tokens = nodes.map(({ token }) => token);
    const results = await this.run(cell, before, tokens);
    const next = results['next'].data as Float32Array;
    nodes.forEach((_, i) => this.states.push(next.subarray(i * this.hidden, (i + 1) * this.hidden)));
    return guessesOf(results, nodes.length);
  }

  /** A level as the round's first run guessed it; null where it did not go on from one of the nodes. */
  private guessedAhead(nodes: readonly DraftNode[]): Guesses | null {
    const { ahead, places } = this;
    if (ahead === null) return null;
    const rows = nodes.map((node) => {
      const parent = node.parent < 0 ? -1 : places[node.parent];
      return parent === undefined ? undefined : ahead.rowOf(node, parent);
    });
    places.push(...rows);
    const known = rows.filter((row) => row !== undefined);
    if (known.length < nodes.length) return null;
    this.states.push(...known.map((row) => ahead.state(row)));
    return ahead.guessesAt(known);
  }

  async dispose(): Promise<void> {
    await this.parts.dispose();
  }

  private get hidden(): number {
    return this.card.target.hiddenSize;
  }

  private run(cell: HeadPart, before: readonly Float32Array[], tokens: readonly number[]): Promise<Results> {
    const count = tokens.length;
    const state = new Float32Array(count * this.hidden);
    before.forEach((row, i) => state.set(row, i * this.hidden));
    return cell.run(
      { state: floats([count, this.hidden], state), tokens: integers([count], tokens) },
      CELL.outputs,
    );
  }
}
