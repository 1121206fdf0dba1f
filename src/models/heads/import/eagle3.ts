import { z } from 'zod';
import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import type { Checkpoint } from './checkpoint';
import {
  decoderLayer,
  inputNormed,
  placement,
  storeLayers,
  storeRotary,
  type StoredLayer,
} from './decoderLayer';
import { EAGLE_LEVELS, eagleName } from './eagle';
import { storeEmbedding } from './embedding';
import { requireHidden, requireVocabulary, type HeadBuilder, type HeadFormat } from './format';
import { layerConfig, type LayerConfig } from './headConfig';
import type { HeadPart, Projection } from './headPart';
import type { StoredLinear } from './headWeights';
import { storeIds } from './tokenIds';

const layerIds = z.array(z.int()).min(1).nullish();

/** What config.json says beside the layer's shape; without a key, the first release's way. */
const configSchema = z.looseObject({
  /** The residual is the state after its norm. */
  norm_before_residual: z.boolean().nullish(),
  /** The target's states pass a norm before `fc`. */
  norm_before_fc: z.boolean().nullish(),
  /** What the next level reads is the state after the last norm. */
  norm_output: z.boolean().nullish(),
  eagle_aux_hidden_state_layer_ids: layerIds,
  eagle_config: z.looseObject({ eagle_aux_hidden_state_layer_ids: layerIds }).nullish(),
});
type Eagle3Config = z.infer<typeof configSchema>;

/**
 * EAGLE-3 (Li et al. 2025), as its authors and SpecForge (`midlayer`) and speculators (`layers.0`) name it: `fc` from
 * three layers' states to one, a decoder layer that reads it beside an embedding, and a projection onto the tokens that
 * texts consist of.
 */
export const eagle3: HeadFormat = {
  name: 'EAGLE-3',
  kind: 'eagle',
  recognise(source) {
    const plain = source.renamed((name) =>
      // Copies of the target's own, for training.
      name.startsWith('verifier_') ? '' : eagleName(name).replace(/^midlayer\./, 'layers.0.'),
    );
    return plain.has('layers.0.hidden_norm.weight') ? plain : null;
  },
  async convert(source, head) {
    const config = layerConfig(source);
    const flags = readFlags(source);
    const layers = targetLayers(flags, source, head);
    await writeFeatures(source, head, config, flags, layers.length);

    const stored = await storeHead(source, head, config);
    const part = head.part('eagle');
    const { state, normed } = guessState(part, head, config, flags, stored);
    const next = flags.norm_output === true ? normed : state;
    part.graph.output('next', next, 'f32', [1, 'T', config.width]);
    const { projection } = stored;
    part.output(part.guesses(part.rowsOf(normed, config.width), projection), ['R'], projection);
    return { levels: EAGLE_LEVELS, draftVocabulary: projection.linear.rows, layers };
  },
};

function readFlags({ config, configFile }: Checkpoint): Eagle3Config {
  const parsed = configSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0].path.join('.');
  throw new UserError('bad-file', t('{0} gives no valid {1}.', configFile, where), t('Download it again.'));
}

/** The layers whose outputs are read: the configuration counts the states that enter layers, from 0. */
function targetLayers(flags: Eagle3Config, { configFile }: Checkpoint, { target }: HeadBuilder): number[] {
  const { layers } = target.config;
  const entered = flags.eagle_aux_hidden_state_layer_ids ??
    flags.eagle_config?.eagle_aux_hidden_state_layer_ids ?? [2, Math.floor(layers / 2), layers - 3];
  if (entered.every((layer) => layer >= 1 && layer <= layers)) return entered.map((layer) => layer - 1);
  throw new UserError(
    'usage',
    t(
      '{0} is of a head that reads the states that enter the layers {1}, and {2} has {3} layers.',
      configFile,
      entered.join(', '),
      target.name,
      layers,
    ),
    t('Give the model that it was made for (--model), or a head for this one.'),
  );
}

/** The part `eagle-features`: `layers` `[1, T, count * hidden]` to `features` `[1, T, width]`. */
async function writeFeatures(
  source: Checkpoint,
  head: HeadBuilder,
  { width, normEpsilon }: LayerConfig,
  flags: Eagle3Config,
  count: number,
): Promise<void> {
  const { hiddenSize } = head.target.config;
  const inputs = count * hiddenSize;
  requireHidden(source, 'fc.weight', source.matrixOf('fc.weight').inputs / count, head);
  const fc = await head.weights.linear('fc', source, { parts: [['fc', width]], inputs });
  const part = head.part('eagle-features');
  let states = part.graph.input('layers', 'f32', [1, 'T', inputs]);
  if (flags.norm_before_fc === true) {
    const norm = await head.weights.floats(
      'features_norm',
      await source.floats('input_norm.weight', [inputs]),
    );
    states = part.norm(states, norm, normEpsilon);
  }
  part.graph.output('features', part.linear(states, fc), 'f32', [1, 'T', width]);
}

/** The weights of the part `eagle`. */
interface StoredHead {
  readonly embedding: StoredLinear;
  readonly layers: readonly StoredLayer[];
  readonly hiddenNorm: string;
  readonly norm: string;
  readonly projection: Projection;
  readonly ownRotary: boolean;
}

async function storeHead(source: Checkpoint, head: HeadBuilder, config: LayerConfig): Promise<StoredHead> {
  const { width } = config;
  const norm = async (name: string, tensor: string) =>
    head.weights.floats(name, await source.floats(tensor, [width]));
  const layers = await storeLayers(source, head, config, (index) => ({
    inputs: index === 0 ? 2 * width : width,
    hasInputNorm: true,
  }));
  return {
    embedding: await storeEmbedding(source, head, width),
    layers,
    hiddenNorm: await norm('hidden_norm', 'layers.0.hidden_norm.weight'),
    norm: await norm('norm', 'norm.weight'),
    projection: await storeProjection(source, head, config),
    ownRotary: await storeRotary(head, config),
  };
}

/** The projection's rows are the tokens `i + d2t[i]`; without that tensor, the whole vocabulary. */
async function storeProjection(
  source: Checkpoint,
  head: HeadBuilder,
  { width }: LayerConfig,
): Promise<Projection> {
  const { rows } = source.matrixOf('lm_head.weight');
  // Which tokens those are, once more.
  source.ignore('t2d');
  let ids: string | null = null;
  if (source.has('d2t')) {
    const offsets = await source.integers('d2t', [rows]);
    const tokens = offsets.map((offset, row) => row + offset);
    ids = (await storeIds(source, 'd2t', tokens, head)).stored;
  } else requireVocabulary(source, 'lm_head.weight', rows, head);
  const layer = { parts: [['lm_head', rows] as const], inputs: width };
  return { linear: await head.weights.linear('projection', source, layer), ids };
}

/** The state that follows `features`, `[1, T, width]`, and what the projection reads of it. */
function guessState(
  part: HeadPart,
  head: HeadBuilder,
  config: LayerConfig,
  flags: Eagle3Config,
  { embedding, layers, hiddenNorm, norm, ownRotary }: StoredHead,
): { state: string; normed: string } {
  const tokens = part.embed(part.graph.input('tokens', 'i64', [1, 'T']), embedding);
  const features = part.graph.input('features', 'f32', [1, 'T', config.width]);
  const place = placement(part, head, config, ownRotary);
  const hidden = part.norm(features, hiddenNorm, config.normEpsilon);
  const [first, ...rest] = layers;
  const beside = part.concat([inputNormed(part, config, first, tokens), hidden]);
  const residual = flags.norm_before_residual === true ? hidden : features;
  const state = rest.reduce(
    (x, layer) => decoderLayer(part, config, layer, x, inputNormed(part, config, layer, x), place),
    decoderLayer(part, config, first, residual, beside, place),
  );
  return { state, normed: part.norm(state, norm, config.normEpsilon) };
}
