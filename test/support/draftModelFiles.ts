import { DRAFT_MODEL_WEIGHTS, type DraftModelCard } from '../../src/models/heads/card';
import { DRAFT_MODEL_CARD } from '../../src/models/heads/draftModelFolder';
import type { Model, Tensor } from '../../src/models/model';
import { expectedWeights } from '../../src/models/weights';
import { cardOf } from './headFiles';
import { safetensorsBytes, type SafetensorsTensor } from './huggingFaceFiles';

/**
 * The files of a draft model whose layers are those of another model, for the target: no embeddings, no head.
 *
 * @param change makes another card of it
 */
export async function draftModelFiles(
  of: Model,
  target: Model,
  change: (card: DraftModelCard) => unknown = (card) => card,
): Promise<Record<string, Uint8Array | string>> {
  const tensors: Record<string, SafetensorsTensor> = {};
  for (const name of expectedWeights(of.config).keys()) {
    if (!/embed_tokens|lm_head/.test(name)) tensors[name] = stored(await of.tensor(name));
  }
  const weights = safetensorsBytes(tensors);
  const { licence, target: made, files } = cardOf('medusa', target, { [DRAFT_MODEL_WEIGHTS]: weights });
  const card: DraftModelCard = {
    version: 1,
    kind: 'draft-model',
    decoderLayers: of.config.layers,
    licence,
    target: made,
    training: { tokens: 1000, steps: 10 },
    files,
  };
  return { [DRAFT_MODEL_CARD]: JSON.stringify(change(card)), [DRAFT_MODEL_WEIGHTS]: weights };
}

function stored({ type, shape, bytes }: Tensor): SafetensorsTensor {
  if (type !== 'Q8_0') return { dtype: type, shape, bytes };
  return { dtype: 'U8', shape: [shape[0], (shape[1] / 32) * 34], bytes };
}
