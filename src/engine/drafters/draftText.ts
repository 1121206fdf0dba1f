import type { Budget } from '../../decoding/budget';
import type { DraftRunner } from '../draftModel';

/** A text as a draft model reads it: without the tokens that only the target has. */
export function knownTokens({ vocabulary }: DraftRunner, tokens: readonly number[]): readonly number[] {
  return tokens.filter((token) => token < vocabulary);
}

/** Whether a draft after the text fits into the draft model's context. */
export function hasRoom({ context }: DraftRunner, text: readonly number[], { nodes }: Budget): boolean {
  return text.length > 0 && text.length + nodes <= context;
}

/** Reads a prompt ahead of the first round, which would otherwise bear its cost. */
export async function readAhead(
  model: DraftRunner,
  tokens: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  const text = knownTokens(model, tokens);
  if (text.length > 0 && text.length <= model.context) await model.begin(text, false, signal);
}
