import { z } from 'zod';
import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import type { Checkpoint } from './checkpoint';
import { decoderLayer, inputNormed, placement, storeLayer } from './decoderLayer';
import { eagleName } from './eagle';
import { storeEmbedding } from './embedding';
import { requireHidden, requireVocabulary, type HeadBuilder, type HeadFormat } from './format';
import type { LayerConfig } from './headConfig';
import type { Projection } from './headPart';
import { applyBlock, storeBlock, type ResidualBlock } from './residualBlock';

const configSchema = z.looseObject({
  hydra_num_layers: z.int().positive().nullish(),
  hidden_state_offset: z.int().nullish(),
});

/** The layer that Hydra++ reads the states through, by its name [sic]. */
const PREFIX = 'prefix_embeding_layer.';

/**
 * Hydra (Ankner et al. 2024) as its authors release it: `hydra_mlp.{level}.{block}.linear`, in the first block beside a
 * `res_connection`, both from the state and the embeddings of the tokens before it, and `hydra_lm_head.{level}`.
 * Hydra++ has a decoder layer over the states before all that, and dropouts count among its modules.
 */
export const hydra: HeadFormat = {
  name: 'Hydra',
  kind: 'hydra',
  recognise(source) {
    const counted = source.has('hydra_lm_head.0.1.weight');
    const plain = counted ? source.renamed(withoutDropouts) : source;
    return plain.has('hydra_mlp.0.0.linear.weight') ? plain : null;
  },
  async convert(source, head) {
    const config = readConfig(source);
    const width = head.target.config.hiddenSize;
    const levels = source.countOf((level) => `hydra_mlp.${level}.0.linear.weight`);
    const embedding = await storeEmbedding(source, head, width);
    if (source.has('layers.0.self_attn.q_proj.weight')) await writePrefix(source, head);
    for (let level = 0; level < levels; level++) {
      const blocks = await storeBlocks(source, head, level, config.hydra_num_layers ?? null);
      const projection = await storeProjection(source, head, level);

      const part = head.part(`hydra-${level}`);
      const hidden = part.graph.input('hidden', 'f32', ['n', width]);
      const tokens = part.graph.input('tokens', 'i64', ['n', level + 1]);
      const embedded = part.reshape(part.embed(tokens, embedding), -1, (level + 1) * width);
      const read = part.concat([hidden, embedded]);
      const state = blocks.reduce((x, block) => applyBlock(part, x, block), read);
      part.output(part.guesses(state, projection), ['n'], projection);
    }
    return { levels, draftVocabulary: head.target.config.vocabulary };
  },
};

/** Hydra++'s names without the dropout before each module, and without its layer's model, whose embeddings are unused. */
function withoutDropouts(name: string): string {
  if (name === `${PREFIX}embed_tokens.weight`) return '';
  return eagleName(name)
    .replace(PREFIX, '')
    .replace(/^(hydra_mlp\.\d+)\.(\d+)\./, (_, mlp: string, at: string) => `${mlp}.${(Number(at) - 1) / 2}.`)
    .replace(/^(hydra_lm_head\.\d+)\.1\./, '$1.');
}

/** @throws UserError `unsupported` for a head that reads an earlier layer's states, which is another input */
function readConfig({ config, configFile }: Checkpoint): z.infer<typeof configSchema> {
  const found = configSchema.safeParse(config ?? {});
  if (!found.success) {
    const where = found.error.issues[0].path.join('.');
    throw new UserError('bad-file', t('{0} gives no valid {1}.', configFile, where), t('Download it again.'));
  }
  const offset = found.data.hidden_state_offset ?? 0;
  if (offset === 0) return found.data;
  throw new UserError(
    'unsupported',
    t('{0} asks for the states {1} layers before the last (hidden_state_offset).', configFile, offset),
    t('Import a Hydra head that reads the last ones.'),
  );
}

/** The part `hydra-prefix`: `features` `[1, T, h]` to the `state` that the levels read as `hidden`. */
async function writePrefix(source: Checkpoint, head: HeadBuilder): Promise<void> {
  const { target, weights } = head;
  const { hiddenSize: width, heads, kvHeads, headDim, normEpsilon, ropeBase, ropeFactors } = target.config;
  // The layer is one of the target's shape.
  const rotary = { ropeBase, ropeFactors };
  const config: LayerConfig = { width, heads, kvHeads, headDim, normEpsilon, rotary };
  const layer = await storeLayer(source, head, config, 0, { inputs: width, hasInputNorm: true });
  const norm = await weights.floats('norm', await source.floats('norm.weight', [width]));
  const part = head.part('hydra-prefix');
  const features = part.graph.input('features', 'f32', [1, 'T', width]);
  const place = placement(part, head, config, false);
  const read = inputNormed(part, config, layer, features);
  const state = part.norm(decoderLayer(part, config, layer, features, read, place), norm, normEpsilon);
  part.graph.output('state', state, 'f32', [1, 'T', width]);
}

/**
 * Stores the blocks of a level. The authors' code repeats the block after the first one, and some tools store such a
 * tensor once: one that is missing is the one before it.
 *
 * @param told how many config.json says there are, if it does
 */
async function storeBlocks(
  source: Checkpoint,
  head: HeadBuilder,
  level: number,
  told: number | null,
): Promise<ResidualBlock[]> {
  const width = head.target.config.hiddenSize;
  const tensor = (block: number) => `hydra_mlp.${level}.${block}`;
  const first = `${tensor(0)}.linear.weight`;
  const count = told ?? source.countOf((block) => `${tensor(block)}.linear.weight`);
  requireHidden(source, first, source.matrixOf(first).rows, head);
  const blocks: ResidualBlock[] = [];
  for (let block = 0; block < count; block++) {
    if (block > 1 && !source.has(`${tensor(block)}.linear.weight`)) {
      blocks.push(blocks[block - 1]);
      continue;
    }
    const sizes = { rows: width, inputs: block === 0 ? (level + 2) * width : width };
    const residual = block === 0 ? `${tensor(0)}.res_connection` : null;
    const name = `${level}.${block}`;
    blocks.push(await storeBlock(head.weights, source, name, sizes, `${tensor(block)}.linear`, residual));
  }
  return blocks;
}

async function storeProjection(source: Checkpoint, head: HeadBuilder, level: number): Promise<Projection> {
  const tensor = `hydra_lm_head.${level}`;
  const { rows } = source.matrixOf(`${tensor}.weight`);
  requireVocabulary(source, `${tensor}.weight`, rows, head);
  const layer = { parts: [[tensor, rows] as const], inputs: head.target.config.hiddenSize };
  return { linear: await head.weights.linear(`projection.${level}`, source, layer), ids: null };
}
