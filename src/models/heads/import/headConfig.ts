import { z } from 'zod';
import { UserError } from '../../../errors';
import { t } from '../../../l10n';
import { rotaryKeys, rotaryOf, type Rotary } from '../../huggingFaceConfig';
import type { Checkpoint } from './checkpoint';

const count = z.int().positive();

const layerSchema = z.looseObject({
  hidden_size: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  /** transformers' default for Llama. */
  rms_norm_eps: z.number().positive().default(1e-6),
  hidden_act: z.string().nullish(),
  ...rotaryKeys,
});

/** The shape of a head's decoder layers. */
export interface LayerConfig {
  /** Width of the residual stream, which need not be the target's. */
  readonly width: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly rotary: Rotary;
}

/**
 * The decoder layer's shape from a head's config.json, in the keys of transformers' Llama; the speculators format has
 * them under `transformer_layer_config`.
 *
 * @throws UserError `bad-file`, or `unsupported` for what would be computed wrongly
 */
export function layerConfig(source: Checkpoint): LayerConfig {
  const { config, configFile } = source;
  if (config === null) {
    throw new UserError(
      'bad-file',
      t('There is no {0}, which says how many heads the attention of {1} has.', configFile, source.path),
      t('Download it with the head.'),
    );
  }
  const nested = z.looseObject({ transformer_layer_config: z.looseObject({}) }).safeParse(config);
  const parsed = layerSchema.safeParse(nested.data?.transformer_layer_config ?? config);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      'bad-file',
      t('{0} gives no valid {1}.', configFile, issue.path.join('.') || t('configuration')),
      t('Download it again.'),
    );
  }
  const { hidden_size, num_attention_heads: heads, head_dim, hidden_act, rms_norm_eps } = parsed.data;
  const kvHeads = parsed.data.num_key_value_heads ?? heads;
  const headDim = head_dim ?? hidden_size / heads;
  if (!Number.isInteger(headDim / 2) || heads % kvHeads !== 0) {
    throw new UserError(
      'bad-file',
      t(
        '{0} gives {1} heads and {2} key heads for {3} hidden values.',
        configFile,
        heads,
        kvHeads,
        hidden_size,
      ),
      t('Download it again.'),
    );
  }
  if ((hidden_act ?? 'silu') !== 'silu') {
    throw new UserError(
      'unsupported',
      t('{0} asks for hidden_act {1}, which is not run here.', configFile, hidden_act ?? ''),
      t('Import a head with silu.'),
    );
  }
  return {
    width: hidden_size,
    heads,
    kvHeads,
    headDim,
    normEpsilon: rms_norm_eps,
    rotary: rotaryOf(parsed.data, headDim, configFile),
  };
}
