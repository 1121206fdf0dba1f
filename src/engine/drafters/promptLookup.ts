import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { NgramIndex } from './ngramIndex';

const description: DrafterDescription = {
  id: 'prompt-lookup',
  name: 'Prompt lookup',
  kind: 'n-gram',
  summary: 'Finds the latest place where the last three, two or one tokens stood and proposes what followed.',
  needs: 'nothing',
  qIsLaw: false,
  divisible: true,
};

/**
 * Prompt lookup (Saxena 2023) with two changes: the latest earlier occurrence instead of the earliest, and a
 * continuation that reaches the text's end goes on with what it drafted so far.
 */
class PromptLookupDrafter implements Drafter {
  readonly description = description;
  private index = new NgramIndex();

  reset(tokens: readonly number[]): void {
    this.index = new NgramIndex();
    for (const token of tokens) this.index.append(token);
  }

  propose({ tokens }: SequenceState, budget: Budget): DraftTree {
    if (tokens.length !== this.index.length) {
      throw new Error(`Prompt lookup knows ${this.index.length} tokens of a text of ${tokens.length}.`);
    }
    const length = Math.min(budget.nodes, budget.depth);
    const found = length > 0 ? this.index.continuation(tokens, length) : null;
    if (found === null) return EMPTY_DRAFT;

    const tree = new DraftTreeBuilder();
    for (const [i, token] of found.tokens.entries()) {
      tree.add(i - 1, token, NaN, `prompt-lookup:${found.ngram}`);
    }
    return tree.build();
  }

  commit(walk: Walk): void {
    for (const token of walk.emitted) this.index.append(token);
  }

  dispose(): void {
    this.index = new NgramIndex();
  }
}

/** Prompt lookup. */
export const promptLookup = { description, create: () => new PromptLookupDrafter() } satisfies DrafterEntry;
