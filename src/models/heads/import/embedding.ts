import { dequantise } from '../../dequantise';
import { tensorNames } from '../../graph/linears';
import type { Checkpoint } from './checkpoint';
import { requireVocabulary, type HeadBuilder } from './format';
import type { StoredLinear } from './headWeights';

const EMBEDDING = 'embed_tokens.weight';

/**
 * Stores the embeddings that a head reads: its own where the checkpoint has them, else the target's. They are not fed
 * by the engine, as those of the heads that are trained here: an imported head runs beside every weight form.
 *
 * @param width of the head's states
 * @throws UserError `bad-file` when the head's states are not as wide as the target's, and it brings no embeddings
 */
export async function storeEmbedding(
  source: Checkpoint,
  head: HeadBuilder,
  width: number,
): Promise<StoredLinear> {
  const { target, weights } = head;
  const { vocabulary, hiddenSize } = target.config;
  if (source.has(EMBEDDING) || width !== hiddenSize) {
    requireVocabulary(source, EMBEDDING, source.matrixOf(EMBEDDING).rows, head);
    const own = await source.floats(EMBEDDING, [vocabulary, width]);
    return weights.matrix('embedding', own, width, source.path);
  }
  const shared = await target.tensor(tensorNames.embedding);
  return weights.matrix('embedding', dequantise(shared), width, target.name);
}
