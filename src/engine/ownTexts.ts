import { EMPTY_DRAFT } from '../decoding/draftTree';
import { throwIfCancelled } from '../models/cancellation';
import type { Model } from '../models/model';
import type { Target } from './target';

/** A text that a model wrote itself. */
export interface OwnText {
  /** A prompt in the model's template, and the greedy answer. */
  readonly tokens: readonly number[];
  /** Tokens of the prompt. */
  readonly prompt: number;
}

/**
 * What a model answers to prompts, greedily, so that a model always writes the same.
 *
 * @param target the model, loaded
 * @param most tokens of an answer
 * @throws UserError `cancelled`
 */
export async function writeTexts(
  model: Model,
  target: Target,
  prompts: readonly string[],
  most: number,
  onText: (done: number) => void,
  signal?: AbortSignal,
): Promise<OwnText[]> {
  const texts: OwnText[] = [];
  const { context } = model.config;
  for (const [done, prompt] of prompts.entries()) {
    onText(done);
    const text = model.hasChatTemplate ? model.renderChat([{ role: 'user', content: prompt }]) : prompt;
    const tokens = model.tokenizer.encode(text).slice(0, Math.ceil(context / 2));
    const length = tokens.length;
    await target.prefill(tokens, () => undefined, signal);
    for (let i = 0; i < most && tokens.length < context; i++) {
      throwIfCancelled(signal);
      const root = tokens[tokens.length - 1];
      if (i > 0 && model.tokenizer.endTokens.includes(root)) break;
      const scored = await target.verify(root, EMPTY_DRAFT, false);
      await target.commit({ acceptedPath: [] });
      tokens.push(scored.topToken[0]);
    }
    texts.push({ tokens, prompt: length });
  }
  return texts;
}
