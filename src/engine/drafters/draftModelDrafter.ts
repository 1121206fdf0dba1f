import type { Budget } from '../../decoding/budget';
import { EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Scored } from '../../decoding/scored';
import type { Walk } from '../../decoding/walk';
import type { DraftRunner } from '../draftModel';
import type { Drafter, DrafterContext, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import type { Traffic } from '../kvDecoder';
import { childChoice, type ChildChoice } from './childChoice';
import { drawnShape, drawTree, growByDraftModel, observeRanks, PRIOR_RATES } from './draftGrowth';
import { hasRoom, knownTokens, readAhead } from './draftText';
import { RankRates } from './rankRates';

const description: DrafterDescription = {
  id: 'draft-model',
  name: 'Draft model',
  kind: 'model',
  summary:
    'Runs a second, smaller model ahead of the target and proposes a tree of what it thinks comes next.',
  needs: 'draftModel',
  qIsLaw: true,
  divisible: true,
};

/**
 * A draft model (Leviathan, Kalman, Matias, ICML 2023; as a tree: SpecInfer, Miao et al., ASPLOS 2024), run once a
 * level over all nodes that go on.
 *
 * At temperature 0 the tree grows towards the most probable paths as the draft model sees them (EAGLE-2, Li et al.,
 * EMNLP 2024). Above it tokens are drawn; then the tree's shape is made before the first draw, from how often each
 * rank was taken so far (Sequoia, Chen et al., NeurIPS 2024), so that no token is left out for what it is.
 */
export class DraftModelDrafter implements Drafter {
  private rates = new RankRates(PRIOR_RATES);

  constructor(
    readonly description: DrafterDescription,
    private readonly model: DraftRunner,
    private readonly choice: ChildChoice,
    private readonly context: Pick<DrafterContext, 'demand' | 'trees' | 'signal'>,
  ) {}

  get traffic(): Traffic | null {
    return this.model.traffic;
  }

  async reset(tokens: readonly number[]): Promise<void> {
    // Not kept over generations: with the same seed the same draft is drawn.
    this.rates = new RankRates(PRIOR_RATES);
    await readAhead(this.model, tokens, this.context.signal);
  }

  async propose({ tokens }: SequenceState, budget: Budget): Promise<DraftTree> {
    const { model, choice } = this;
    const text = knownTokens(model, tokens);
    if (Math.min(budget.nodes, budget.depth) === 0 || !hasRoom(model, text, budget)) return EMPTY_DRAFT;
    const start = { model, choice, text, root: tokens.length - 1, name: this.description.id };
    return choice.draws
      ? drawTree(start, drawnShape(this.rates, this.isChain, budget))
      : growByDraftModel(start, this.isChain, budget);
  }

  commit(walk: Walk, _scored: Scored, draft: DraftTree): void {
    observeRanks(this.rates, walk, draft, this.description.id);
  }

  /** Whether at most one token is drafted at each depth. */
  private get isChain(): boolean {
    const { demand, trees } = this.context;
    return demand === 'drawnChain' || !trees;
  }

  /** The model is the engine's. */
  dispose(): void {}
}

/** A draft model as drafter. */
export const draftModel: DrafterEntry = {
  description,
  async create(context) {
    const model = await context.openDraftModel();
    return new DraftModelDrafter(description, model, childChoice(context, model), context);
  },
};
