import { tinyModel } from '../../../support/tinyModel';
import { cardOf } from '../../../support/headFiles';
import type { DraftNode } from '../../../../src/engine/draftModel';
import type { Guesses, Head } from '../../../../src/engine/heads/head';
import type { HeadCard } from '../../../../src/models/heads/card';
import { softmax, type ToyTarget } from '../../decoding/toy';

const TOP_K = 8;

/** A head without a network: what it guesses depends on the text alone, and its states are one number that says nothing. */
export class ToyHead implements Head {
  readonly card: HeadCard;
  readonly reads = ['hidden'] as const;
  /** Rows of each run since it was made. */
  readonly runs: number[] = [];
  private text: number[] = [];
  private states = 0;
  private rows: DraftNode[] = [];

  /** @param law logits over the vocabulary */
  constructor(
    private readonly law: ToyTarget,
    readonly levels: number | null = null,
    more: Pick<HeadCard, 'hitRate'> = {},
  ) {
    this.card = { ...cardFor(1), ...more };
  }

  begin(tokens: readonly number[]): number {
    this.text = [...tokens];
    this.states = 0;
    return 0;
  }

  append(states: Float32Array, emitted: readonly number[] = []): void {
    this.states += states.length;
    this.text.push(...emitted);
  }

  first(): Promise<Guesses | null> {
    if (this.text.length === 0 || this.states === 0) return Promise.resolve(null);
    if (this.states !== this.text.length - 1) {
      throw new Error(`${this.states} states of a text of ${this.text.length} tokens`);
    }
    this.rows = [];
    return Promise.resolve(this.guesses([this.text]));
  }

  next(nodes: readonly DraftNode[]): Promise<Guesses> {
    const first = this.rows.length;
    if (nodes.some(({ parent }) => parent >= first)) throw new Error('a row before its parent');
    this.rows.push(...nodes);
    return Promise.resolve(this.guesses(nodes.map((_, i) => [...this.text, ...this.pathTo(first + i)])));
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  private pathTo(row: number): number[] {
    return row < 0 ? [] : [...this.pathTo(this.rows[row].parent), this.rows[row].token];
  }

  private guesses(texts: readonly (readonly number[])[]): Guesses {
    this.runs.push(texts.length);
    const laws = texts.map((text) => softmax(this.law(text)));
    const ranked = laws.map((law) =>
      [...law.keys()].sort((a, b) => law[b] - law[a] || a - b).slice(0, TOP_K),
    );
    return {
      rows: texts.length,
      topK: ranked[0].length,
      topToken: Int32Array.from(ranked.flat()),
      topProbability: Float32Array.from(ranked.flatMap((tokens, row) => tokens.map((t) => laws[row][t]))),
    };
  }
}

/** @param hiddenSize numbers in a state */
function cardFor(hiddenSize: number): HeadCard {
  const model = tinyModel({ embedding: 'F32', linear: () => 'F32' });
  return cardOf('eagle', { ...model, config: { ...model.config, hiddenSize } }, {});
}
