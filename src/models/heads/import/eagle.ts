import { dequantise } from '../../dequantise';
import { headLinear } from '../../graph/linears';
import type { Checkpoint } from './checkpoint';
import { decoderLayer, inputNormed, placement, storeLayers, storeRotary } from './decoderLayer';
import { storeEmbedding } from './embedding';
import { requireHidden, requireVocabulary, type HeadBuilder, type HeadFormat } from './format';
import { layerConfig } from './headConfig';
import type { Projection } from './headPart';

/** Levels that EAGLE-2's code drafts; the head guesses on for as long as it is asked. */
export const EAGLE_LEVELS = 7;

/** How the tensors are called without the model that some tools put them into; what follows from others is left out. */
export function eagleName(name: string): string {
  return name.endsWith('rotary_emb.inv_freq') ? '' : name.replace(/^model\./, '');
}

/**
 * EAGLE-1 (Li et al. 2024), which EAGLE-2 drafts with too: `fc` from an embedding and a state after the final norm to
 * one state, and a decoder layer over it that guesses the next such state. The projection is the target's.
 */
export const eagle: HeadFormat = {
  name: 'EAGLE-1 or 2',
  kind: 'eagle',
  recognise(source) {
    const plain = source.renamed(eagleName);
    const found = plain.has('fc.weight') && plain.has('layers.0.self_attn.q_proj.weight');
    return found ? plain : null;
  },
  async convert(source, head) {
    const config = layerConfig(source);
    const { width } = config;
    requireHidden(source, 'fc.weight', source.matrixOf('fc.weight').rows, head);
    const embedding = await storeEmbedding(source, head, width);
    const fc = await head.weights.linear('fc', source, { parts: [['fc', width]], inputs: 2 * width });
    // The first layer reads what `fc` writes without a norm.
    const layers = await storeLayers(source, head, config, (index) => ({
      inputs: width,
      hasInputNorm: index > 0,
    }));
    const projection = await storeProjection(source, head);
    const ownRotary = await storeRotary(head, config);

    const part = head.part('eagle');
    const tokens = part.embed(part.graph.input('tokens', 'i64', [1, 'T']), embedding);
    const features = part.graph.input('features', 'f32', [1, 'T', width]);
    const place = placement(part, head, config, ownRotary);
    const next = layers.reduce(
      (x, layer) => decoderLayer(part, config, layer, x, inputNormed(part, config, layer, x), place),
      part.linear(part.concat([tokens, features]), fc),
    );
    part.graph.output('next', next, 'f32', [1, 'T', width]);
    part.output(part.guesses(part.rowsOf(next, width), projection), ['R'], projection);
    return { levels: EAGLE_LEVELS, draftVocabulary: projection.linear.rows };
  },
};

/** The target's own projection, unless the checkpoint brings a copy. */
async function storeProjection(source: Checkpoint, head: HeadBuilder): Promise<Projection> {
  const { target, weights } = head;
  const { vocabulary, hiddenSize } = target.config;
  if (source.has('lm_head.weight')) {
    requireVocabulary(source, 'lm_head.weight', source.matrixOf('lm_head.weight').rows, head);
    const layer = { parts: [['lm_head', vocabulary] as const], inputs: hiddenSize };
    return { linear: await weights.linear('projection', source, layer), ids: null };
  }
  const [part] = headLinear(target.config).parts;
  const rows = dequantise(await target.tensor(part));
  return { linear: await weights.matrix('projection', rows, hiddenSize, target.name), ids: null };
}
