import { childWithToken, type DraftTree } from '../../decoding/draftTree';
import type { Round } from '../schema';
import { eachOf, type Steps } from '../steps';
import { offerOf } from './offers';

/** A run as it is replayed: what its drafters offered, and the text that they led to. */
export interface Recording {
  readonly rounds: readonly Round[];
  /** `[rounds]` what each drafter offered, the nodes that the policy left out among them. */
  readonly offers: readonly DraftTree[];
  /** `[rounds]` how many tokens stood before each round. */
  readonly starts: readonly number[];
  /** The tokens that the run committed after its prompt. */
  readonly text: readonly number[];
}

export function* recordingOf(rounds: readonly Round[]): Steps<Recording> {
  const starts: number[] = [];
  const text: number[] = [];
  for (const { emitted } of rounds) {
    starts.push(text.length);
    for (const token of emitted) text.push(token);
  }
  return { rounds, offers: yield* eachOf(rounds, offerOf), starts, text };
}

/** The nodes of a draft that a text goes along after `offset` of its tokens, from depth 1 down. */
export function pathAlong(text: readonly number[], draft: DraftTree, offset: number): number[] {
  const path: number[] = [];
  for (let at = offset; at < text.length; at++) {
    const next = childWithToken(draft, path.at(-1) ?? -1, text[at]);
    if (next < 0) break;
    path.push(next);
  }
  return path;
}
