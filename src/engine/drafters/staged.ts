import type { Budget } from '../../decoding/budget';
import type { DraftTree } from '../../decoding/draftTree';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import type { Traffic } from '../kvDecoder';
import { childChoice } from './childChoice';
import { DraftModelDrafter } from './draftModelDrafter';
import { GuessedDraftModel } from './guessedDraftModel';

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

/**
 * Staged speculative decoding (Spector, Ré 2023, arXiv 2308.04623): the draft is the tree that the draft model alone
 * would draft, token for token, in fewer of its forwards, since a Katz trigram model guesses what will be asked of it.
 * The trigrams are those of the text, and of what the draft model said while it drafted for it.
 */
class StagedDrafter implements Drafter {
  readonly description = description;
  /** Tokens of the text that the n-grams know. */
  private length = 0;

  constructor(
    private readonly drafter: DraftModelDrafter,
    private readonly model: GuessedDraftModel,
  ) {}

  get traffic(): Traffic | null {
    return this.drafter.traffic;
  }

  async reset(tokens: readonly number[]): Promise<void> {
    this.model.forget();
    this.model.learnText(tokens);
    this.length = tokens.length;
    await this.drafter.reset(tokens);
  }

  async propose(state: SequenceState, budget: Budget): Promise<DraftTree> {
    if (state.tokens.length !== this.length) {
      throw new Error(`Staged speculation knows ${this.length} tokens of a text of ${state.tokens.length}.`);
    }
    const draft = await this.drafter.propose(state, budget);
    const paths: number[][] = [];
    const source = draft.source.map((own, node) => {
      const above = draft.parent[node] < 0 ? [] : paths[draft.parent[node]];
      paths.push([...above, draft.token[node]]);
      const order = this.model.guessedBy(paths[node]);
      return order > 0 ? `${description.id}-ngram:${order}` : own;
    });
    return { ...draft, source };
  }

  commit(walk: Walk, scored: Scored, draft: DraftTree): void {
    this.model.learnText(walk.emitted);
    this.length += walk.emitted.length;
    this.drafter.commit(walk, scored, draft);
  }

  /** The model is the engine's. */
  dispose(): void {
    this.model.forget();
  }
}

/** Staged speculative decoding. */
export const staged: DrafterEntry = {
  description,
  async create(context) {
    const loaded = await context.openDraftModel();
    const model = new GuessedDraftModel(loaded, context.memory.vocabulary, context.trees);
    const drafter = new DraftModelDrafter(description, model, childChoice(context, model), context);
    return new StagedDrafter(drafter, model);
  },
};
