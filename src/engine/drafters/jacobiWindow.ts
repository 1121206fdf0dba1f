import type { DraftTreeBuilder } from '../../decoding/draftTree';

/**
 * Lookahead decoding's window: guesses of the text ahead that the target improves a token at a time. Column
 * `i` holds the tokens guessed for the positions `i`, `i + 1`, ... after the root token, its levels. A row looks
 * at its own column's lower levels and at the lowest level of the columns before it.
 *
 * That is a tree: the lowest level is a chain from the root token, and each column hangs below its place on
 * it. So the window needs no mask and no positions of its own; its rows are nodes of the draft, and where the
 * target happens to choose one it counts like any other.
 */
export class JacobiWindow {
  /** `[column][level]`, at least one level and at most `levels`. */
  private readonly columns: number[][];

  /** @param tokens the columns' first guesses; the first column begins at the root token whatever it is given */
  constructor(
    tokens: readonly number[],
    private readonly levels: number,
  ) {
    this.columns = tokens.map((token) => [token]);
  }

  /**
   * Adds the columns to a draft, in order, as many as fit whole: those that do not fit wait for another round.
   *
   * @returns `[columns added]` the node whose successor continues the column; -1 is the root token
   */
  addTo(
    tree: DraftTreeBuilder,
    root: number,
    limits: { readonly nodes: number; readonly depth: number },
  ): number[] {
    const ends: number[] = [];
    let lowest = -1;
    for (const [column, tokens] of this.columns.entries()) {
      if (column === 0) tokens[0] = root;
      const nodes = column === 0 ? tokens.length - 1 : tokens.length;
      if (tree.size + nodes > limits.nodes || column + tokens.length - 1 > limits.depth) break;

      const source = `lookahead-window:${column}`;
      if (column > 0) lowest = tree.add(lowest, tokens[0], NaN, source);
      let end = lowest;
      for (const token of tokens.slice(1)) end = tree.add(end, token, NaN, source);
      ends.push(end);
    }
    return ends;
  }

  /**
   * Continues a column by what the target chose there. A column that has all its levels gives up its lowest:
   * the text has moved on by a token, so the others stand where they stood.
   *
   * @returns the column's tokens with the new one where that makes `levels + 1`, else null
   */
  advance(column: number, token: number): number[] | null {
    const tokens = this.columns[column];
    tokens.push(token);
    if (tokens.length <= this.levels) return null;
    const whole = [...tokens];
    tokens.shift();
    return whole;
  }
}
