import { z } from 'zod';

/** The heads there are; each is one drafter, and its card and weights bear this name. */
export const headKindSchema = z.enum(['medusa', 'hydra', 'clover', 'clover2', 'eagle']);
export type HeadKind = z.infer<typeof headKindSchema>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.int().nonnegative();
const rate = z.number().min(0).max(1);

/** A name without a folder: a card points to nothing outside its own. */
const fileName = z.string().regex(/^[\w-][\w.-]*$/);

const training = z.object({ tokens: size, steps: size }).optional();

/** The model that something was made for. */
const madeFor = z.object({
  name: z.string(),
  /** What was decoded: it is for these very weights, in whatever form they are multiplied. */
  files: z.array(z.object({ name: z.string(), bytes: size, sha256 })).min(1),
  hiddenSize: size,
  vocabulary: size,
  /** Of the tokenizer as compact JSON. */
  tokenizerSha256: sha256,
});

/** What a folder holds for a card, by name. */
const files = z.record(fileName, z.object({ bytes: size, sha256 }));

/** What every card says; of the rest it depends on the kind. */
export interface Card {
  readonly kind: string;
  readonly target: z.infer<typeof madeFor>;
  readonly files: z.infer<typeof files>;
}

/**
 * `<kind>.json` in a head's folder: what a drafter's head is, for which target it was made, and from what. Written by
 * `training/draft_heads/export.py` and by the importers of released heads, which know less of the training.
 */
export const headCardSchema = z.object({
  /** Version 2 may have `layers`: a reader that does not know them would feed the head other states. */
  version: z.union([z.literal(1), z.literal(2)]),
  kind: headKindSchema,
  /** Tokens that it guesses, one after another. */
  levels: z.int().positive().max(16),
  licence: z.string(),
  /** The model whose states the head reads. */
  target: madeFor,
  /**
   * The target's layers whose outputs an EAGLE-3 head reads side by side, through the part `eagle-features`; without
   * them a head reads the last states.
   */
  layers: z.array(size).min(1).optional(),
  /** The tokens that it can guess. */
  draftVocabulary: z.object({ size: z.int().positive(), coverage: rate.optional() }),
  training,
  /** What a head that was released by others was imported from. */
  imported: z
    .object({ format: z.string(), files: z.array(z.object({ name: z.string(), bytes: size, sha256 })) })
    .optional(),
  /**
   * `[levels][ranks]` of the positions where all earlier levels were right: the part where the head's first, first
   * two, ... tokens held the target's most probable one.
   */
  hitRate: z.array(z.array(rate).min(1)).optional(),
  /** What the folder holds for this head, by name: the ONNX parts and the files of their weights. */
  files,
});

export type HeadCard = z.infer<typeof headCardSchema>;

/** The file of a draft model's weights. */
export const DRAFT_MODEL_WEIGHTS = 'draft-model.safetensors';

/**
 * `draft-model.json` in a folder of heads: layers that were distilled from a target, which run between its embeddings
 * and its vocabulary projection. Written by `training/draft_heads/export.py`.
 */
export const draftModelCardSchema = z.object({
  version: z.literal(1),
  kind: z.literal('draft-model'),
  decoderLayers: z.int().positive(),
  licence: z.string(),
  target: madeFor,
  training,
  files: files.refine((named) => DRAFT_MODEL_WEIGHTS in named),
});

export type DraftModelCard = z.infer<typeof draftModelCardSchema>;
