import { childWithToken, type DraftTree } from '../../decoding/draftTree';
import type { Round } from '../schema';

/** The tokens that a run committed after its prompt, and the rounds that wrote them. */
export class CommittedText {
  readonly tokens: readonly number[];
  /** `[rounds]` how many tokens stood before each round. */
  readonly starts: readonly number[];

  constructor(rounds: readonly Round[]) {
    const starts: number[] = [];
    const tokens: number[] = [];
    for (const { emitted } of rounds) {
      starts.push(tokens.length);
      for (const token of emitted) tokens.push(token);
    }
    this.starts = starts;
    this.tokens = tokens;
  }

  /** The nodes of a draft after `offset` tokens that the text goes along, from depth 1 down. */
  pathOf(draft: DraftTree, offset: number): number[] {
    const path: number[] = [];
    for (let at = offset; at < this.tokens.length; at++) {
      const next = childWithToken(draft, path.at(-1) ?? -1, this.tokens[at]);
      if (next < 0) break;
      path.push(next);
    }
    return path;
  }
}
