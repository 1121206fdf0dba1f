import type { Budget } from '../../decoding/budget';
import { DraftTreeBuilder, EMPTY_DRAFT, type DraftTree } from '../../decoding/draftTree';
import type { Walk } from '../../decoding/walk';
import type { Drafter, DrafterDescription, DrafterEntry, SequenceState } from '../drafter';
import { NgramIndex } from './ngramIndex';

/** The match that an n-gram is the end of is followed back this far, to say how good the evidence is. */
const MAX_MATCH = 32;

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
    const source = `prompt-lookup:${matchLength(tokens, found)}`;
    for (const [i, token] of found.tokens.entries()) {
      tree.add(i - 1, token, NaN, source);
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

/** How many of the text's last tokens also stand before `next`, where an n-gram of them is known to. */
function matchLength(tokens: readonly number[], { ngram, next }: { ngram: number; next: number }): number {
  let length = ngram;
  const longest = Math.min(MAX_MATCH, next);
  while (length < longest && tokens[next - 1 - length] === tokens[tokens.length - 1 - length]) length++;
  return length;
}

/** Prompt lookup. */
export const promptLookup = { description, create: () => new PromptLookupDrafter() } satisfies DrafterEntry;
