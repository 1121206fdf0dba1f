import type { DraftModel, DraftNode, DraftScores } from '../../../../src/engine/draftModel';
import { softmax, type ToyTarget } from '../../decoding/toy';

const TOP_K = 8;

/** A draft model without a network: what it says depends on the text alone. Its forwards are counted. */
export class ToyDraftModel implements DraftModel {
  readonly traffic = null;
  readonly facts = { id: 'toy', name: 'Toy', files: [], layers: 1 };
  /** Rows of each forward since it was made. */
  readonly forwards: number[] = [];
  private text: readonly number[] = [];
  private rows: DraftNode[] = [];

  /**
   * @param law logits over all the ids that the model knows
   * @param vocabulary those that it shares with the target
   */
  constructor(
    private readonly law: ToyTarget,
    readonly vocabulary: number,
    readonly context = Infinity,
  ) {}

  begin(text: readonly number[], withLogits: boolean): Promise<DraftScores> {
    if (text.length > this.context) throw new Error('the text is longer than the context');
    this.text = this.checked(text);
    this.rows = [];
    return Promise.resolve(this.scores([[...text]], withLogits));
  }

  extend(nodes: readonly DraftNode[], withLogits: boolean): Promise<DraftScores> {
    for (const node of nodes) {
      if (node.parent >= this.rows.length) throw new Error(`row ${node.parent} is not there yet`);
      this.checked([node.token]);
      this.rows.push(node);
    }
    if (this.text.length + this.rows.length > this.context) throw new Error('the rows do not fit');
    const first = this.rows.length - nodes.length;
    const texts = nodes.map((_, i) => [...this.text, ...this.pathTo(first + i)]);
    return Promise.resolve(this.scores(texts, withLogits));
  }

  rewind(rows: number): void {
    this.rows.length = Math.min(rows, this.rows.length);
  }

  private pathTo(row: number): number[] {
    return row < 0 ? [] : [...this.pathTo(this.rows[row].parent), this.rows[row].token];
  }

  private checked(tokens: readonly number[]): readonly number[] {
    const stranger = tokens.find((token) => !(token >= 0 && token < this.vocabulary));
    if (stranger !== undefined) throw new Error(`the draft model was given token ${stranger}`);
    return tokens;
  }

  private scores(texts: readonly (readonly number[])[], withLogits: boolean): DraftScores {
    this.forwards.push(texts.length);
    const logits = texts.map((text) => this.law(text));
    const laws = logits.map(softmax);
    const ranked = laws.map((law) =>
      [...law.keys()].sort((a, b) => law[b] - law[a] || a - b).slice(0, TOP_K),
    );
    return {
      rows: texts.length,
      topK: ranked[0].length,
      topToken: Int32Array.from(ranked.flat()),
      topProbability: Float32Array.from(
        ranked.flatMap((tokens, row) => tokens.map((token) => laws[row][token])),
      ),
      logits: (row) => (withLogits ? logits[row].subarray(0, this.vocabulary) : null),
    };
  }
}
