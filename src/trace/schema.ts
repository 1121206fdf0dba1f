import { z } from 'zod';
import { checkerOf } from './fits';

/**
 * The canonical trace, `*.spectrace.jsonl`: JSON Lines. The first line is the header, then one line a round,
 * then the summary; a file that was cut off lacks the summary and perhaps half a line. Readers ignore fields
 * they do not know; a change that breaks readers changes `TRACE_SCHEMA`.
 *
 * `media/spectrace.schema.json` is the JSON Schema of one line, made from this file by `npm run schema`, which
 * is why the fields are described in strings. What a schema cannot say, rules across fields and lines, stands
 * in `invariants.ts`.
 */
export const TRACE_SCHEMA = 'spectrace/1';
export const TRACE_SUFFIX = '.spectrace.jsonl';

const tokenId = z.int().nonnegative();
const microseconds = z.number().nonnegative();
const probability = z.number().min(0).max(1.000001);
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

export const nodeStateSchema = z.enum(['accepted', 'rejected', 'notReached', 'pruned']);

export const samplerSchema = z.object({
  temperature: z.number().min(0),
  topK: z.int().nonnegative(),
  topP: z.number().gt(0).max(1),
  minP: z.number().min(0).max(1),
  repetitionPenalty: z.number().gt(0),
  seed: z.int().min(0).max(0xffffffff),
});

const movedSchema = z.object({ to_device: z.int().nonnegative(), from_device: z.int().nonnegative() });

const fallbackSchema = z.object({ from: z.string(), to: z.string(), reason: z.string() });

export const headerSchema = z.object({
  type: z.literal('header'),
  schema: z.literal(TRACE_SCHEMA),
  created: z.string().describe('ISO 8601 time at which the clock stood at 0: the start of the generation.'),
  versions: z.object({ draftscope: z.string(), onnxruntime: z.string(), node: z.string() }),
  model: z.object({
    id: z.string(),
    name: z.string(),
    architecture: z.string(),
    files: z
      .array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() }))
      .describe('The files that were decoded.'),
    vocabulary: z.int(),
    context: z.int(),
  }),
  weights: z.string().describe('`fp32`, `file` or `int8`.'),
  weights_choice: z
    .object({ wanted: z.string(), reason: z.string() })
    .optional()
    .describe('The form that was asked for (`auto` or a name), and why the one above was taken.'),
  weights_agreement: z
    .object({ positions: z.int().positive(), equal: z.int().nonnegative(), measured: z.string() })
    .optional()
    .describe(
      "At how many positions of a few texts of the model's own this form's most probable token is that of fp32, " +
        'measured before on this machine; absent where it was not measured, and for fp32.',
    ),
  provider: z.string().describe("Where the target ran, by ONNX Runtime's name: `cpu`, `webgpu`, ..."),
  provider_choice: z
    .object({ wanted: z.string(), reason: z.string() })
    .optional()
    .describe('The provider that was asked for (`auto` or a name), and why the one above was taken.'),
  threads: z.int(),
  cost: z
    .object({
      measured: z.string().describe('ISO 8601 time of the measurement.'),
      cached: z.boolean().describe('Whether an earlier measurement of the same machine was read.'),
      points: z.array(z.object({ rows: z.int().positive(), past: z.int().nonnegative(), us: microseconds })),
    })
    .optional()
    .describe(
      'v(T), measured here: what a forward over `rows` new tokens after `past` cached ones takes, the shortest of a few.',
    ),
  drafter: z
    .object({
      id: z.string(),
      name: z.string(),
      qIsLaw: z
        .boolean()
        .describe('Whether each token was drawn with the probability q; otherwise q is only a score.'),
      model: z
        .object({
          id: z.string(),
          name: z.string(),
          files: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })),
          layers: z.int(),
        })
        .optional()
        .describe('The draft model, for a drafter that runs one.'),
      head: z
        .object({
          kind: z.string(),
          folder: z.string().describe('As it was named; for one that comes with the program, its own name.'),
          target: z.string().describe('The model that it was trained for.'),
          levels: z.int(),
          draftVocabulary: z.int().describe('Tokens that it can guess.'),
          licence: z.string(),
          training: z.object({ tokens: z.int(), steps: z.int() }).optional(),
          imported: z
            .object({ format: z.string(), files: z.array(z.string()) })
            .optional()
            .describe('What a head that others released was made from.'),
          hitRate: z
            .array(z.array(z.number()).min(1))
            .optional()
            .describe(
              'By level, where all earlier ones were right: how often its first, its first two, ... guesses held ' +
                "the target's choice, on data that it was not trained with.",
            ),
          files: z
            .array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() }))
            .describe('Its card, and the files that this names.'),
        })
        .optional()
        .describe('The trained head, for a drafter that runs one.'),
    })
    .describe('Who proposed the tokens.'),
  acceptance: z
    .object({ rule: z.string(), lossless: z.boolean() })
    .describe(
      '`greedy` and `sampled` follow the token that the target itself chooses. `speculativeSampling`, ' +
        '`multiRound` and `block` try drafted tokens by `chance`.',
    ),
  sampler: samplerSchema,
  limits: z.object({
    maxTokens: z.int(),
    context: z.int(),
    endTokens: z.array(tokenId),
    stop: z.array(z.string()),
  }),
  clock: z.object({ source: z.string(), unit: z.literal('us') }),
  machine: z.object({
    platform: z.string(),
    arch: z.string(),
    cpu: z.string(),
    cores: z.int(),
    memoryBytes: z.number(),
  }),
  prompt: z.object({ tokens: z.array(tokenId), text: z.string() }),
  prefill: z
    .object({ reused: z.int(), t_us: microseconds })
    .describe(
      'Prompt tokens whose keys and values were already in the cache (an earlier turn), and the time for the rest.',
    ),
});

export const roundSchema = z.object({
  type: z.literal('round'),
  index: z.int().nonnegative().describe('Counts from 0.'),
  start_us: microseconds.describe("Start of the round on the header's clock."),
  root: z
    .object({ token: tokenId, position: z.int().nonnegative() })
    .describe('The last committed token, row 0 of the verify forward, and its position in the text.'),
  budget: z.object({
    nodes: z.int(),
    depth: z.int(),
    policy: z.string(),
    reason: z.string().describe('Why it is so, and why the draft was cut, in English.'),
    why: z
      .array(z.object({ code: z.string(), values: z.array(z.union([z.number(), z.string()])) }))
      .optional()
      .describe('The same as codes and their values, to be put into the words of any language.'),
  }),
  parent: z
    .array(z.int().min(-1))
    .describe(
      "The first of the parallel arrays over the draft's nodes, parents first; -1 is a child of the root token. " +
        'Draftscope reads no more than 4,096 nodes of a round.',
    ),
  token: z.array(tokenId),
  bytes: z.array(base64).describe("The token's bytes in base64: a token alone need not be valid UTF-8."),
  text: z
    .array(z.string())
    .describe(
      'The same bytes as text, U+FFFD where they are not valid UTF-8: to read, never to compute with.',
    ),
  depth: z.array(z.int().positive()).describe('Distance from the root token: 1 for its children.'),
  q: z.array(probability.nullable()).describe("The drafter's probability; null where it has none."),
  p: z
    .array(probability.nullable())
    .describe("The target's probability, softmax of the raw logits; null where it was not scored."),
  p_sampler: z
    .array(probability.nullable())
    .describe(
      "The target's probability under the sampler's law (temperature, top-k, ...); null where not reached.",
    ),
  draw: z
    .array(z.number().min(0).lt(1).nullable())
    .describe(
      "The random number u that the node was judged by. Under `sampled` it is in (0, 1) and the token's in the " +
        'draw at its parent: the token with the least -ln(u) / p_sampler is drawn. Under a rule with `chance` it ' +
        "is in [0, 1) and the node's own. Null where not reached, not tried or not random.",
    ),
  chance: z
    .array(probability.nullable())
    .optional()
    .describe(
      'Under rules that try nodes: what `draw` was compared with. `speculativeSampling`: min(1, p_sampler / q), ' +
        'and the node is accepted if draw < chance. `multiRound`: the same for the first sibling; for each later ' +
        'one p is what the siblings before it, when they were rejected, left of the target law, max(0, p - q) ' +
        'renormalised, and q what the drafter can still draw, q without them renormalised. `block`: the chain is ' +
        'accepted up to the last node with draw < chance, which is h of Sun et al. 2024 (arXiv 2403.10444). Null ' +
        'where not tried.',
    ),
  state: z
    .array(nodeStateSchema)
    .describe('`pruned`: proposed, but cut by the budget before the target saw it.'),
  source: z.array(z.string()).describe('Who proposed the node, for example `suffix:7`.'),
  accepted_path: z.array(z.int().nonnegative()).describe('Node indices from depth 1 down.'),
  emitted: z
    .array(tokenId)
    .describe("Token ids this round added, in order: the accepted path's, then the end token."),
  emitted_bytes: z.array(base64),
  emitted_text: z.array(z.string()),
  emitted_p: z.array(probability.nullable()).describe("The target's raw probability of each emitted token."),
  end: z
    .object({
      kind: z.enum(['bonus', 'correction', 'none']),
      token: tokenId.nullable(),
    })
    .describe(
      'How the round ended: with a token after a draft accepted to a leaf, with one that the draft did not ' +
        'carry, or inside the draft because the sequence was over.',
    ),
  target_top: z
    .array(
      z.object({
        row: z.int().nonnegative(),
        token: z.array(tokenId),
        text: z.array(z.string()),
        p: z.array(probability),
      }),
    )
    .describe("For each row on the walked path (root token first): the target's most probable tokens."),
  t_us: z
    .object({
      draft: microseconds,
      verify: microseconds,
      sample: microseconds,
      commit: microseconds,
      total: microseconds,
    })
    .describe(
      'Where the time went. The phases run in this order and end the round; the rest of the total lies before ' +
        'and between them.',
    ),
  kv: z
    .object({ before: z.int().nonnegative(), after: z.int().nonnegative() })
    .describe('Rows of keys and values in the cache.'),
  moved: movedSchema
    .optional()
    .describe(
      "Bytes that the round's forwards and commits sent to the device and fetched from it; absent where the " +
        'device is the CPU.',
    ),
  fallback: fallbackSchema
    .optional()
    .describe(
      "The provider failed in this round: the text's keys and values were made again on another one, which ran " +
        'this round and all after it.',
    ),
});

export const finishReasonSchema = z.enum(['stop', 'length', 'context', 'cancelled']);

export const summarySchema = z.object({
  type: z.literal('summary'),
  finishReason: finishReasonSchema,
  rounds: z.int(),
  promptTokens: z.int(),
  tokens: z.int().describe('Tokens emitted, the end token included.'),
  acceptanceLength: z
    .number()
    .nullable()
    .describe(
      'Emitted tokens per target forward, bonus and correction tokens included (tau); null without a round.',
    ),
  tokensPerSecond: z
    .number()
    .nullable()
    .describe(
      "Emitted tokens / the rounds' total time, so without loading and prefill; null without a round.",
    ),
  drafted: z.int(),
  accepted: z.int(),
  rejected: z.int(),
  notReached: z.int(),
  pruned: z.int(),
  bonus: z.int(),
  corrections: z.int(),
  byDepth: z
    .array(z.object({ proposed: z.int(), accepted: z.int() }))
    .describe(
      'By depth from 1: rounds that proposed a node there, rounds that accepted one. ' +
        'Conditional rate = accepted[d] / accepted[d - 1]; unconditional = accepted[d] / rounds.',
    ),
  t_us: z.object({
    prefill: microseconds,
    draft: microseconds,
    verify: microseconds,
    sample: microseconds,
    commit: microseconds,
    total: microseconds,
  }),
  moved: movedSchema.optional().describe("The rounds' bytes to and from the device; absent on the CPU."),
  fallback: z
    .object({ round: z.int(), ...fallbackSchema.shape })
    .optional()
    .describe('The round in which the provider failed, if one did.'),
});

export const lineSchema = z.discriminatedUnion('type', [headerSchema, roundSchema, summarySchema]);

export type TraceHeader = z.infer<typeof headerSchema>;
export type Round = z.infer<typeof roundSchema>;
export type TraceSummary = z.infer<typeof summarySchema>;
/** A long trace has hundreds of thousands of these to check. */
export const checkRound = checkerOf(roundSchema);

export type FinishReason = z.infer<typeof finishReasonSchema>;
export type TraceLine = z.infer<typeof lineSchema>;
