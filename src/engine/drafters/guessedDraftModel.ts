import { MOST_NODES } from '../../decoding/budget';
import type { DraftModel, DraftNode, DraftRunner, DraftScores } from '../draftModel';
import type { Traffic } from '../kvDecoder';
import { growBestFirst, type Continuation } from './bestFirst';
import { KatzModel, type NgramGuess } from './katzModel';

/** Most guesses in a forward of the draft model: it costs little more than one over the asked nodes alone. */
const MAX_GUESSES = 4;
/** No guess whose path, from the node on that was asked for, is less probable than this. */
const MIN_GUESS_PROBABILITY = 0.2;

/** A row of the draft model, asked for or guessed. */
interface Row extends DraftNode {
  readonly scores: DraftScores;
  /** Its row of `scores`. */
  readonly at: number;
  /** Whether somebody has asked for it. */
  asked: boolean;
}

/** A node, or a guess after one, with the text down to it, of which only the end is looked at. */
interface Ahead {
  readonly text: readonly number[];
  /** Null for the node. */
  readonly guess: NgramGuess | null;
}

/**
 * A draft model whose forwards also take what an n-gram model guesses it will be asked for next. It says what the model
 * alone says, row by row; a level whose nodes were all guessed costs no forward.
 */
export class GuessedDraftModel implements DraftRunner {
  private text: readonly number[] = [];
  private rows: Row[] = [];
  /** The model's row of each row that was asked for, in their order. */
  private asked: number[] = [];
  /** The order of the n-gram that guessed a token, by what the token follows. */
  private guessed = new Map<string, NgramGuess['matched']>();
  private ngrams: KatzModel;
  /** The last two tokens that were learned as text. */
  private learned: readonly number[] = [];

  /**
   * @param tokens the target's: ids of a text are below it
   * @param trees whether the model can run trees; otherwise guesses are one chain, after a chain that is asked for
   */
  constructor(
    private readonly model: DraftModel,
    private readonly tokens: number,
    private readonly trees: boolean,
  ) {
    this.ngrams = new KatzModel(tokens);
  }

  get vocabulary(): number {
    return this.model.vocabulary;
  }

  get context(): number {
    return this.model.context;
  }

  get traffic(): Traffic | null {
    return this.model.traffic;
  }

  /** Begins to learn anew. */
  forget(): void {
    this.ngrams = new KatzModel(this.tokens);
    this.learned = [];
  }

  /** Learns how a text goes on. */
  learnText(tokens: readonly number[]): void {
    for (const token of tokens) {
      this.ngrams.learn(this.learned, token);
      this.learned = [...this.learned, token].slice(-2);
    }
  }

  async begin(text: readonly number[], withLogits: boolean, signal?: AbortSignal): Promise<DraftScores> {
    this.text = text;
    this.rows = [];
    this.asked = [];
    this.guessed = new Map();
    const scores = await this.model.begin(text, withLogits, signal);
    this.learn(-1, scores, 0);
    return scores;
  }

  async extend(nodes: readonly DraftNode[], withLogits: boolean): Promise<DraftScores> {
    const wanted = nodes.map(({ token, parent }) => ({
      token,
      parent: parent < 0 ? -1 : this.asked[parent],
    }));
    const missing = wanted.filter((node) => this.rowOf(node) < 0);
    if (missing.length > 0) {
      this.dropWrongGuesses(new Set(wanted.map((node) => this.rowOf(node))));
      await this.run(missing, withLogits);
    }
    const found = wanted.map((node) => this.rowOf(node));
    for (const row of found) {
      this.rows[row].asked = true;
      this.learn(row, this.rows[row].scores, this.rows[row].at);
    }
    this.asked.push(...found);
    return together(found.map((row) => this.rows[row]));
  }

  /** The order of the n-gram by which a token was guessed before the model said it; 0 where none had. */
  guessedBy(path: readonly number[]): number {
    let parent = -1;
    for (const token of path.slice(0, -1)) {
      parent = this.rowOf({ token, parent });
      if (parent < 0) return 0;
    }
    return this.guessed.get(keyOf({ token: path[path.length - 1], parent })) ?? 0;
  }

  /** One forward over nodes that are not there yet, and over guesses of what comes after them. */
  private async run(missing: readonly DraftNode[], withLogits: boolean): Promise<void> {
    const first = this.rows.length;
    const nodes = [...missing];
    // A draft fits into the context as it was asked for; guesses must not take its room.
    const room = this.context - this.text.length - first - missing.length - MOST_NODES;
    for (const { parent, guess } of this.guesses(missing, Math.min(MAX_GUESSES, room))) {
      const node = { token: guess.token, parent: first + parent };
      this.guessed.set(keyOf(node), guess.matched);
      nodes.push(node);
    }
    const scores = await this.model.extend(nodes, withLogits);
    nodes.forEach((node, at) => this.rows.push({ ...node, scores, at, asked: false }));
  }

  /** The most probable guesses after nodes, parents first; a parent is counted among the nodes and, behind them, the guesses. */
  private guesses(
    nodes: readonly DraftNode[],
    most: number,
  ): { readonly parent: number; readonly guess: NgramGuess }[] {
    const starts = nodes.map((node) => ({ state: { text: this.textTo(node), guess: null }, q: 1 }));
    const limits = {
      nodes: nodes.length + Math.max(0, most),
      depth: 1 + MAX_GUESSES,
      minPathProbability: MIN_GUESS_PROBABILITY,
    };
    const grown = growBestFirst<Ahead | null>(
      null,
      (ahead) => (ahead === null ? starts : this.guessesAfter(ahead)),
      limits,
    );
    // The nodes are certain, and no guess is: they come first, in their order.
    return grown.flatMap(({ parent, state }) => {
      const guess = state?.guess ?? null;
      return guess === null ? [] : [{ parent, guess }];
    });
  }

  private guessesAfter({ text }: Ahead): Continuation<Ahead>[] {
    const known = this.ngrams.after(text).filter(({ token }) => token < this.vocabulary);
    const taken = this.trees ? known : known.sort((a, b) => b.probability - a.probability).slice(0, 1);
    return taken.map((guess) => ({ state: { text: [...text, guess.token], guess }, q: guess.probability }));
  }

  /**
   * Forgets the rows at the end that nobody asked for and that are not after one of these: the draft has gone
   * elsewhere.
   */
  private dropWrongGuesses(after: ReadonlySet<number>): void {
    const isAlive = (row: number): boolean => {
      if (this.rows[row].asked || after.has(row)) return true;
      const { parent } = this.rows[row];
      return parent >= 0 && !this.rows[parent].asked && isAlive(parent);
    };
    let kept = this.rows.length;
    while (kept > 0 && !isAlive(kept - 1)) kept--;
    if (kept === this.rows.length) return;
    this.rows.length = kept;
    this.model.rewind(kept);
    for (const key of this.guessed.keys()) if (Number.parseInt(key) >= kept) this.guessed.delete(key);
  }

  private rowOf({ token, parent }: DraftNode): number {
    return this.rows.findIndex((row) => row.parent === parent && row.token === token);
  }

  /** The text down to a node; only its end is looked at. */
  private textTo({ token, parent }: DraftNode): number[] {
    return parent < 0 ? [...this.text.slice(-1), token] : [...this.textTo(this.rows[parent]), token];
  }

  /** Learns what the model says after one of its rows, -1 the text's last one: that is what is to be guessed. */
  private learn(row: number, { topK, topToken }: DraftScores, at: number): void {
    const before = row < 0 ? this.text.slice(-2) : this.textTo(this.rows[row]);
    if (topK > 0) this.ngrams.learn(before, topToken[at * topK]);
  }
}

const keyOf = ({ token, parent }: DraftNode): string => `${parent} ${token}`;

/** Rows of several forwards as those of one. */
function together(rows: readonly Row[]): DraftScores {
  const [{ scores }] = rows;
  const { topK } = scores;
  const topToken = new Int32Array(rows.length * topK);
  const topProbability = new Float32Array(rows.length * topK);
  rows.forEach(({ scores: own, at }, row) => {
    topToken.set(own.topToken.subarray(at * topK, (at + 1) * topK), row * topK);
    topProbability.set(own.topProbability.subarray(at * topK, (at + 1) * topK), row * topK);
  });
  return {
    rows: rows.length,
    topK,
    topToken,
    topProbability,
    logits: (row) => rows[row].scores.logits(rows[row].at),
  };
}
