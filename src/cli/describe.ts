import { UserError } from '../errors';
import type { Model } from '../models/model';
import { serialiseIndex, WEIGHTS_FILE } from '../models/graph/weightsFile';
import type { WeightForm } from '../protocol/engine';
import { EXIT, type Io } from './io';
import { withModel } from './withModel';

/** Raised when what is printed changes its meaning, so that readers refuse what they do not know. */
const DESCRIPTION_VERSION = 1;

/** What the texts around turns are cut at. No template writes it. */
const TURN = '\u0001';

/**
 * Prints, as one JSON object, what another program needs to run a model as it is decoded here: its shape,
 * where the converted weights lie, its tokenizer, and the texts that its chat template puts around turns.
 */
export async function describeCommand(
  request: { readonly model: string; readonly weights: WeightForm },
  io: Io,
): Promise<number> {
  return withModel(request.model, io, async (model, { onProgress, signal }, clear) => {
    const { convertedWeights } = await import('../engine/convert');
    const weights = await convertedWeights(model, request.weights, onProgress, signal);
    clear();
    const { id, name, files, tokenizer, config } = model;
    const description = {
      version: DESCRIPTION_VERSION,
      model: id,
      name,
      files: files.map(({ name: file, bytes, sha256 }) => ({ name: file, bytes, sha256 })),
      weights: request.weights,
      folder: weights.folder,
      weightsFile: WEIGHTS_FILE,
      index: JSON.parse(serialiseIndex(weights.index)) as unknown,
      config: { ...config, ropeFactors: config.ropeFactors && [...config.ropeFactors] },
      chat: turnTexts(model),
      endTokens: tokenizer.endTokens,
      startTokens: tokenizer.startTokens,
      tokenizer: tokenizer.json,
    };
    io.stdout(`${JSON.stringify(description)}\n`);
    return EXIT.ok;
  });
}

/** The template's texts before the first user turn, between it and the answer, and from there to the next turn. */
function turnTexts(model: Model): { open: string; answer: string; next: string } | null {
  if (!model.hasChatTemplate) return null;
  const user = { role: 'user', content: TURN } as const;
  const assistant = { role: 'assistant', content: TURN } as const;
  const texts = model.renderChat([user, assistant, user]).split(TURN);
  if (texts.length !== 4)
    throw new UserError(
      'unsupported',
      `The chat template of ${model.name} does not write each turn once, as it stands.`,
      'Choose another model.',
    );
  return { open: texts[0], answer: texts[1], next: texts[2] };
}
