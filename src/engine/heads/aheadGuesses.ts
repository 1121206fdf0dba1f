import type { DraftNode } from '../draftModel';
import type { Results } from '../session';
import type { Guesses } from './head';
import { guessesOf } from './headParts';

/** The outputs of a part that guesses more levels than it was asked for. */
export const AHEAD = [
  'ahead.token',
  'ahead.parent',
  'ahead.next',
  'ahead.top.token',
  'ahead.top.probability',
] as const;

/** What a run guessed after the nodes that a drafter is most likely to go on from, a row each. */
export class AheadGuesses {
  private readonly guesses: Guesses;
  private readonly states: Float32Array;
  /** By the parent's row, -1 for the root, and the token. */
  private readonly rows = new Map<string, number>();

  constructor(results: Results) {
    const parents = results['ahead.parent'].data as BigInt64Array;
    const tokens = results['ahead.token'].data as BigInt64Array;
    this.states = results['ahead.next'].data as Float32Array;
    this.guesses = guessesOf(results, tokens.length, 'ahead.');
    tokens.forEach((token, row) => this.rows.set(`${parents[row]} ${token}`, row));
  }

  /**
   * The row of a node; undefined where nothing was guessed after it.
   *
   * @param parent its parent's row here, -1 for the root
   */
  rowOf({ token }: DraftNode, parent: number): number | undefined {
    return this.rows.get(`${parent} ${token}`);
  }

  guessesAt(rows: readonly number[]): Guesses {
    const { topK, topToken, topProbability } = this.guesses;
    const picked = {
      rows: rows.length,
      topK,
      topToken: new Int32Array(rows.length * topK),
      topProbability: new Float32Array(rows.length * topK),
    };
    for (const [i, row] of rows.entries()) {
      picked.topToken.set(topToken.subarray(row * topK, (row + 1) * topK), i * topK);
      picked.topProbability.set(topProbability.subarray(row * topK, (row + 1) * topK), i * topK);
    }
    return picked;
  }

  /** The recurrent cell's state after a row's node. */
  state(row: number): Float32Array {
    const hidden = this.states.length / this.guesses.rows;
    return this.states.subarray(row * hidden, (row + 1) * hidden);
  }
}
