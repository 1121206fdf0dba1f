import { z } from 'zod';

/** The heads there are; each is one drafter, and its card and weights bear this name. */
export const headKindSchema = z.enum(['medusa', 'hydra', 'clover', 'clover2', 'eagle']);
export type HeadKind = z.infer<typeof headKindSchema>;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.int().nonnegative();
const rate = z.number().min(0).max(1);

/** A name without a folder: a card points to nothing outside its own. */
const fileName = z.string().regex(/^[\w-][\w.-]*$/);

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
  target: z.object({
    name: z.string(),
    /** What was decoded: a head is for these very weights, in whatever form they are multiplied. */
    files: z.array(z.object({ name: z.string(), bytes: size, sha256 })).min(1),
    hiddenSize: size,
    vocabulary: size,
    /** Of the tokenizer as compact JSON. */
    tokenizerSha256: sha256,
  }),
  /**
   * The target's layers whose outputs an EAGLE-3 head reads side by side, through the part `eagle-features`; without
   * them a head reads the last states.
   */
  layers: z.array(size).min(1).optional(),
  /** The tokens that it can guess. */
  draftVocabulary: z.object({ size: z.int().positive(), coverage: rate.optional() }),
  training: z.object({ tokens: size, steps: size }).optional(),
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
  files: z.record(fileName, z.object({ bytes: size, sha256 })),
});

export type HeadCard = z.infer<typeof headCardSchema>;
