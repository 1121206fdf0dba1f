import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { DraftModel } from '../draftModel';
import type { Drafter, DrafterContext, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { childChoice, type ChildChoice } from './childChoice';
import { drawnShape, MIN_PATH_PROBABILITY, observeRanks, PRIOR_RATES } from './draftGrowth';
import { hasRoom, knownTokens, readAhead } from './draftText';
import { NgramIndex } from './ngramIndex';
import { RankRates } from './rankRates';

/** Most tokens that the n-gram guesses ahead of the draft model: a forward over so few costs little more than over one. */
const MAX_GUESS = 4;

const description: DrafterDescription = {
  id: 'staged',
  name: 'Staged speculation',
  kind: 'model',
  summary:
    'Speeds up the draft model as the draft model speeds up the target: an n-gram of the text guesses ahead, and one forward of the draft model checks it.',
  needs: 'draftModel',
  qIsLaw: true,
  divisible: true,
};

/** A token that the draft model chose. */
interface Link {
  readonly token: number;
  readonly q: number;
  readonly law: Float64Array | null;
  /** The n of the n-gram that had guessed it, 0 where none had. */
  readonly guessedBy: number;
}

/**
 * Staged speculative decoding (Spector, Ré 2023, arXiv 2308.04623), with prompt lookup's n-grams in place of a
 * Katz model: the draft is the chain that the draft model alone would draft, token for token, in fewer of its
 * forwards.
 */
class StagedDrafter implements Drafter {
  readonly description = description;
  private rates = new RankRates(PRIOR_RATES);
  private index = new NgramIndex();

  constructor(
    private readonly model: DraftModel,
    private readonly choice: ChildChoice,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async reset(tokens: readonly number[]): Promise<void> {
    this.rates = new RankRates(PRIOR_RATES);
    this.index = new NgramIndex();
    for (const token of tokens) this.index.append(token);
    await readAhead(this.model, tokens, this.signal);
  }

  async propose({ tokens }: SequenceState, budget: Budget): Promise<DraftTree> {
    if (tokens.length !== this.index.length) {
      throw new Error(`Staged speculation knows ${this.index.length} tokens of a text of ${tokens.length}.`);
    }
    const length = Math.min(budget.nodes, budget.depth);
    // A guess may stand behind the draft's rows, as many as it is long.
    const size = { ...budget, nodes: length + MAX_GUESS };
    if (length === 0 || !hasRoom(this.model, knownTokens(this.model, tokens), size)) return EMPTY_DRAFT;
    const most = this.choice.draws ? drawnShape(this.rates, 'drawnChain', budget).length : length;
    const chain = await this.draft(tokens, most);

    const tree = new DraftTreeBuilder();
    for (const [i, { token, q, guessedBy }] of chain.entries()) {
      tree.add(
        i - 1,
        token,
        q,
        guessedBy > 0 ? `${description.id}-ngram:${guessedBy}` : `${description.id}:1`,
      );
    }
    const laws = chain.map(({ law }) => law);
    return tree.build(laws.some((law) => law !== null) ? [...laws, null] : undefined);
  }

  commit(walk: Walk, _scored: Scored, draft: DraftTree): void {
    for (const token of walk.emitted) this.index.append(token);
    observeRanks(this.rates, walk, draft, description.id);
  }

  /** The model is the engine's. */
  dispose(): void {
    this.index = new NgramIndex();
  }

  /** At most `most` tokens of the draft model's own, fewer where they become too improbable. */
  private async draft(tokens: readonly number[], most: number): Promise<Link[]> {
    const { model, choice } = this;
    const text = knownTokens(model, tokens);
    const chain: Link[] = [];
    let scores = await model.begin(text, choice.needsLogits);
    let row = 0;
    let guess: { readonly ngram: number; readonly tokens: readonly number[] } = { ngram: 0, tokens: [] };
    let pathProbability = 1;
    while (chain.length < most) {
      const drafted = chain.map(({ token }) => token);
      const place = {
        root: tokens.length - 1,
        row: chain.length,
        depth: chain.length,
        text: [...text, ...drafted],
      };
      const { children, law } = choice.after(scores, row, place, 1);
      if (children.length === 0) break;
      const [{ token, q }] = children;
      pathProbability *= q;
      if (!choice.draws && pathProbability < MIN_PATH_PROBABILITY) break;
      const guessed = guess.tokens[row] === token;
      chain.push({ token, q, law, guessedBy: guessed ? guess.ngram : 0 });
      if (chain.length === most) break;
      if (guessed) {
        row++;
        continue;
      }
      // The rows of wrong guesses go.
      model.rewind(chain.length - 1);
      guess = this.guessAfter([...tokens, ...drafted, token], most - chain.length - 1);
      const nodes = [token, ...guess.tokens].map((next, i) => ({
        token: next,
        parent: chain.length - 2 + i,
      }));
      scores = await model.extend(nodes, choice.needsLogits);
      row = 0;
    }
    model.rewind(chain.length);
    return chain;
  }

  private guessAfter(
    tokens: readonly number[],
    room: number,
  ): { readonly ngram: number; readonly tokens: readonly number[] } {
    const length = Math.min(MAX_GUESS, room);
    const found = length > 0 ? this.index.continuation(tokens, length) : null;
    if (found === null) return { ngram: 0, tokens: [] };
    const stranger = found.tokens.findIndex((token) => token >= this.model.vocabulary);
    return stranger < 0 ? found : { ...found, tokens: found.tokens.slice(0, stranger) };
  }
}

/** Staged speculative decoding. */
export const staged: DrafterEntry = {
  description,
  async create(context: DrafterContext) {
    const model = await context.openDraftModel();
    return new StagedDrafter(model, childChoice(context, model), context.signal);
  },
};
