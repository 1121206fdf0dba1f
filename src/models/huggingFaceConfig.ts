import { z } from 'zod';
import { UserError } from '../errors';
import { t } from '../l10n';
import type { LlamaConfig } from './model';
import { linearFactors, llama3Factors } from './ropeScaling';

const count = z.int().positive();
const positive = z.number().positive();

const ropeSchema = z
  .looseObject({
    rope_type: z.string().optional(),
    /** The older name of `rope_type`. */
    type: z.string().optional(),
    rope_theta: positive.optional(),
    factor: positive.optional(),
    low_freq_factor: positive.optional(),
    high_freq_factor: positive.optional(),
    original_max_position_embeddings: count.optional(),
  })
  .nullish();

/** The keys of config.json that say how positions turn queries and keys. */
export const rotaryKeys = {
  rope_theta: positive.nullish(),
  rope_scaling: ropeSchema,
  /** Where transformers 5 writes the rotary settings, the base included. */
  rope_parameters: ropeSchema,
};

const tokenIds = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]).nullish();

const configSchema = z.looseObject({
  architectures: z.array(z.string()).nullish(),
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  intermediate_size: count,
  vocab_size: count,
  max_position_embeddings: count,
  rms_norm_eps: positive,
  ...rotaryKeys,
  tie_word_embeddings: z.boolean().nullish(),
  hidden_act: z.string().nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  sliding_window: z.number().nullish(),
  quantization_config: z.unknown().optional(),
  eos_token_id: tokenIds,
});

const ARCHITECTURES = ['LlamaForCausalLM', 'MistralForCausalLM'];

export interface HuggingFaceConfig {
  readonly llama: LlamaConfig;
  readonly endTokens: readonly number[];
}

/** An id, a list of ids or nothing, as the configuration files give end tokens. */
export function tokenIdList(value: unknown): number[] {
  const ids = tokenIds.safeParse(value);
  if (!ids.success || ids.data === null || ids.data === undefined) return [];
  return typeof ids.data === 'number' ? [ids.data] : ids.data;
}

/**
 * A config.json as the shape of a Llama-family decoder.
 *
 * @param file for errors
 * @throws UserError `bad-file`, or `unsupported` for what would be computed wrongly
 */
export function parseConfig(json: unknown, file: string): HuggingFaceConfig {
  const named = z.looseObject({ architectures: z.array(z.string()).nullish() }).safeParse(json);
  const architecture = named.data?.architectures?.[0] ?? 'unnamed';
  // Other architectures have other keys, so this comes before the keys are checked.
  if (named.success && !ARCHITECTURES.includes(architecture))
    throw new UserError(
      'unsupported',
      t('{0} describes a model of the architecture {1}, which is not run yet.', file, architecture),
      t('Use one of {0}.', ARCHITECTURES.join(', ')),
    );
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      'bad-file',
      t('{0} gives no valid {1}.', file, issue.path.join('.') || t('model configuration')),
      t('Download it again.'),
    );
  }
  const config = parsed.data;
  refuseUnusual(config, file);

  const headDim = config.head_dim ?? config.hidden_size / config.num_attention_heads;
  const kvHeads = config.num_key_value_heads ?? config.num_attention_heads;
  if (!Number.isInteger(headDim / 2) || config.num_attention_heads % kvHeads !== 0)
    throw new UserError(
      'bad-file',
      t(
        '{0} gives {1} heads and {2} key heads for {3} hidden values.',
        file,
        config.num_attention_heads,
        kvHeads,
        config.hidden_size,
      ),
      t('Download it again.'),
    );
  return {
    llama: {
      hiddenSize: config.hidden_size,
      layers: config.num_hidden_layers,
      heads: config.num_attention_heads,
      kvHeads,
      headDim,
      feedForward: config.intermediate_size,
      vocabulary: config.vocab_size,
      context: config.max_position_embeddings,
      ...rotaryOf(config, headDim, file),
      normEpsilon: config.rms_norm_eps,
      tiedHead: config.tie_word_embeddings ?? false,
    },
    endTokens: tokenIdList(config.eos_token_id),
  };
}

function refuseUnusual(config: z.infer<typeof configSchema>, file: string): void {
  const unusual = [
    [(config.hidden_act ?? 'silu') !== 'silu', t('hidden_act {0}', String(config.hidden_act))],
    [config.attention_bias === true, 'attention_bias'],
    [config.mlp_bias === true, 'mlp_bias'],
    [
      (config.sliding_window ?? Infinity) < config.max_position_embeddings,
      t('a sliding window of {0} tokens', String(config.sliding_window)),
    ],
    [config.quantization_config !== undefined && config.quantization_config !== null, t('quantised weights')],
  ] as const;
  for (const [found, what] of unusual)
    if (found)
      throw new UserError(
        'unsupported',
        t('{0} asks for {1}, which is not run yet.', file, what),
        t('Use a plain Llama-family model.'),
      );
}

/** How positions turn queries and keys; see `LlamaConfig`. */
export type Rotary = Pick<LlamaConfig, 'ropeBase' | 'ropeFactors'>;

/**
 * The rotary settings of a configuration.
 *
 * @param file for errors
 * @throws UserError `bad-file`, or `unsupported` for a kind of scaling that is not run
 */
export function rotaryOf(
  config: z.infer<z.ZodObject<typeof rotaryKeys>>,
  headDim: number,
  file: string,
): Rotary {
  const ropeBase = config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10000;
  const rope = config.rope_parameters ?? config.rope_scaling;
  return { ropeBase, ropeFactors: ropeFactors(rope, ropeBase, headDim, file) };
}

function ropeFactors(
  rope: z.infer<typeof ropeSchema>,
  ropeBase: number,
  headDim: number,
  file: string,
): Float32Array | null {
  const type = rope?.rope_type ?? rope?.type ?? 'default';
  if (rope === null || rope === undefined || type === 'default') return null;
  const lacks = (key: string) =>
    new UserError(
      'bad-file',
      t('{0} gives no {1} for its {2} rope scaling.', file, key, type),
      t('Download it again.'),
    );
  if (rope.factor === undefined) throw lacks('factor');
  switch (type) {
    case 'linear':
      return linearFactors(rope.factor, headDim);
    case 'llama3': {
      const { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings } = rope;
      if (low_freq_factor === undefined) throw lacks('low_freq_factor');
      if (high_freq_factor === undefined) throw lacks('high_freq_factor');
      if (original_max_position_embeddings === undefined) throw lacks('original_max_position_embeddings');
      return llama3Factors(
        { factor, low_freq_factor, high_freq_factor, original_max_position_embeddings },
        ropeBase,
        headDim,
      );
    }
    default:
      throw new UserError(
        'unsupported',
        t('{0} scales its rotary embedding by {1}, which is not run yet.', file, type),
        t('Use a model without it.'),
      );
  }
}
