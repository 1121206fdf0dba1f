import type { MemoryKind } from './memory';
import { SuffixTrie } from './suffixTrie';

/** Longest substring that is counted, as in the request's own text. */
export const MAX_LENGTH = 24;
/** Tokens remembered. Each costs at most `MAX_LENGTH` nodes of the trie: some 40 MB in all. */
const MAX_TOKENS = 1 << 15;

/**
 * What earlier generations wrote, counted: suffix decoding's global tree. When it is full the oldest outputs
 * are taken out again, so that it holds what was asked for lately.
 */
export class EarlierOutputs {
  readonly trie: SuffixTrie;
  /** The oldest first. */
  private readonly outputs: Int32Array[] = [];
  private tokens = 0;

  constructor(private readonly maxTokens = MAX_TOKENS) {
    this.trie = new SuffixTrie(MAX_LENGTH, maxTokens * MAX_LENGTH + 1);
  }

  /** Learns an output; of one that is longer than the memory, its end. */
  add(output: readonly number[]): void {
    const kept = Int32Array.from(output.slice(-this.maxTokens));
    if (kept.length === 0) return;
    while (this.tokens + kept.length > this.maxTokens) this.dropOldest();
    for (const token of kept) this.trie.append(token);
    this.trie.endText();
    this.outputs.push(kept);
    this.tokens += kept.length;
  }

  private dropOldest(): void {
    const oldest = this.outputs.shift();
    if (oldest === undefined)
      throw new Error('The memory of earlier outputs holds fewer tokens than it counts.');
    this.trie.removeText(oldest);
    this.tokens -= oldest.length;
  }
}

/** One for all suffix drafters of an engine. */
export const earlierOutputs: MemoryKind<EarlierOutputs> = { create: () => new EarlierOutputs() };
