import { z } from 'zod';
import { MOST_NODES } from '../decoding/budget';
import { finishReasonSchema, headerSchema, roundSchema, samplerSchema, summarySchema } from '../trace/schema';

/**
 * The messages between the extension host and the engine's process. Every request has an id; the engine
 * answers it with zero or more events that carry the id, the last of which is `loaded`, `finished`, `cudaOffer`,
 * `cudaFetched` or `error`.
 * One request runs at a time: the host queues.
 */
export const ENGINE_PROTOCOL = 1;

/** The engine's environment: a file with the texts of the user's language, and the language's name. */
export const BUNDLE_VARIABLE = 'DRAFTSCOPE_TEXTS';
export const LANGUAGE_VARIABLE = 'DRAFTSCOPE_LANGUAGE';

export const weightsSchema = z.enum(['fp32', 'file', 'int8']);
export type WeightForm = z.infer<typeof weightsSchema>;
/** `auto` is the form that promises the most tokens a second with the drafter in use. */
export const weightsChoiceSchema = z.enum(['auto', ...weightsSchema.options]);
export type WeightsChoice = z.infer<typeof weightsChoiceSchema>;

/** Where the target runs, by the runtime's names; `auto` is the fastest that passes its self-test here. */
export const providerSchema = z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']);
export type Provider = z.infer<typeof providerSchema>;
export const providerChoiceSchema = z.enum(['auto', ...providerSchema.options]);
export type ProviderChoice = z.infer<typeof providerChoiceSchema>;

export const chatMessageSchema = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
});

/** What to continue: one user turn, a conversation, or text as it stands without the chat template. */
export const inputSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prompt'), text: z.string() }),
  z.object({ kind: z.literal('chat'), messages: z.array(chatMessageSchema).min(1) }),
  z.object({ kind: z.literal('raw'), text: z.string() }),
]);
export type GenerationInput = z.infer<typeof inputSchema>;

export const modelRequestSchema = z.object({
  /** `default`, a path to a GGUF file or a Hugging Face folder, or a hub id. */
  model: z.string().min(1),
  weights: weightsChoiceSchema,
  provider: providerChoiceSchema,
  /** 0 takes as many as the machine has cores. */
  threads: z.int().min(0).max(256),
  /** What the weights are to suit where they are `auto`; none is plain decoding. */
  drafter: z.string().optional(),
});

/**
 * `fixed`: every draft as large as the budget; `costAware`: of each draft, what pays on this machine; `adaptive`: a
 * length that follows acceptance and throughput.
 */
export const policySchema = z.enum(['fixed', 'costAware', 'adaptive']);
export type Policy = z.infer<typeof policySchema>;

/**
 * The acceptance rule. `auto`: `greedy` at temperature 0, else `sampled`. `speculativeSampling`, `multiRound` and
 * `block` need a drafter that knows the law it drew from.
 */
export const acceptanceSchema = z.enum(['auto', 'sampled', 'speculativeSampling', 'multiRound', 'block']);
export type AcceptanceChoice = z.infer<typeof acceptanceSchema>;

/**
 * `dynamic`: at temperature 0 by what the head thinks in this round, in the way of its paper; above it children in the
 * order of the target's own draw, in a shape by how often each rank was taken so far. `static`: the tree that promised
 * most when the head was trained; of a head whose card does not tell, EAGLE-1's.
 */
export const headTreeSchema = z.enum(['dynamic', 'static']);
export type HeadTree = z.infer<typeof headTreeSchema>;

export const generationRequestSchema = z.object({
  input: inputSchema,
  drafter: z.string(),
  /** For drafters that run one: a model as in `model`, or `layers:6` for the target's first six layers. */
  draftModel: z.string().min(1).optional(),
  /** For drafters that run a head: its folder; where it is left out, the one that comes with the program. */
  head: z.string().min(1).optional(),
  /** How a head's guesses become a tree; `dynamic` where it is left out. */
  headTree: headTreeSchema.optional(),
  /** `auto` where it is left out. */
  acceptance: acceptanceSchema.optional(),
  sampler: samplerSchema,
  maxTokens: z.int().positive(),
  stop: z.array(z.string().min(1)),
  budget: z.object({
    policy: policySchema,
    nodes: z.int().min(0).max(MOST_NODES),
    depth: z.int().min(0).max(MOST_NODES),
  }),
  /** Where to write the trace; null writes none. */
  trace: z.string().nullable(),
});
export type ModelRequest = z.infer<typeof modelRequestSchema>;
export type GenerationRequest = z.infer<typeof generationRequestSchema>;

const id = z.int().nonnegative();

/** Host to engine. */
export const engineRequestSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('load'), id, ...modelRequestSchema.shape }),
  /** Loads the model first when another one is loaded. */
  z.object({
    type: z.literal('generate'),
    id,
    ...modelRequestSchema.shape,
    ...generationRequestSchema.shape,
  }),
  /** Asks what a fetch of CUDA's libraries would bring. */
  z.object({ type: z.literal('offerCuda'), id }),
  /** Fetches them: the user has agreed. The engine's next process finds them. */
  z.object({ type: z.literal('fetchCuda'), id }),
  /** Ends request `id` after the round, or the download's chunk, that is running. */
  z.object({ type: z.literal('cancel'), id }),
  /** Forgets what drafters learned from earlier outputs. Heard between two rounds; nothing answers it. */
  z.object({ type: z.literal('forget') }),
  z.object({ type: z.literal('shutdown') }),
]);
export type EngineRequest = z.infer<typeof engineRequestSchema>;

export const errorCodeSchema = z.enum([
  'usage',
  'bad-file',
  'unsupported',
  'network',
  'disk',
  'cancelled',
  'engine',
]);

export const progressSchema = z.object({
  phase: z.enum(['download', 'convert', 'load', 'prefill']),
  message: z.string(),
  done: z.number().nonnegative(),
  /** null when it is not known. */
  total: z.number().nonnegative().nullable(),
});
export type Progress = z.infer<typeof progressSchema>;

export const draftedSchema = z.object({
  index: z.int(),
  parent: z.array(z.int()),
  text: z.array(z.string()),
  depth: z.array(z.int()),
  q: z.array(z.number().nullable()),
  source: z.array(z.string()),
});
/** A draft before its verdict, for the view. */
export type Drafted = z.infer<typeof draftedSchema>;

/** What a fetch of CUDA's libraries brings, and from where: what the user agrees to. */
export const cudaOfferSchema = z.object({
  /** Whether they are there already. */
  present: z.boolean(),
  /** The Python package, `name==version`. */
  package: z.string(),
  /** Of the download, and of what stays. */
  bytes: z.int(),
  installedBytes: z.int(),
  licence: z.string(),
  /** What else the machine must have. */
  needs: z.string(),
  folder: z.string(),
});
export type CudaOffer = z.infer<typeof cudaOfferSchema>;

/** Engine to host. */
export const engineEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.literal(ENGINE_PROTOCOL), pid: z.int() }),
  z.object({ type: z.literal('progress'), id, progress: progressSchema }),
  z.object({
    type: z.literal('loaded'),
    id,
    model: z.string(),
    name: z.string(),
    weights: weightsSchema,
    /** Why these weights, where they were not asked for by name. */
    because: z.string().optional(),
  }),
  z.object({ type: z.literal('header'), id, header: headerSchema }),
  z.object({ type: z.literal('drafted'), id, drafted: draftedSchema }),
  /** A round and the text it released (whole characters only, so it may lag behind the round's tokens). */
  z.object({ type: z.literal('round'), id, round: roundSchema, text: z.string() }),
  z.object({
    type: z.literal('finished'),
    id,
    summary: summarySchema,
    finishReason: finishReasonSchema,
    /** What was still held back of the text. */
    text: z.string(),
    /** Why the trace file is incomplete, null when it is whole or none was asked for. */
    traceProblem: z.string().nullable(),
  }),
  z.object({ type: z.literal('cudaOffer'), id, offer: cudaOfferSchema }),
  z.object({ type: z.literal('cudaFetched'), id, offer: cudaOfferSchema }),
  /** `id` is null when no request was at fault. */
  z.object({
    type: z.literal('error'),
    id: id.nullable(),
    code: errorCodeSchema,
    message: z.string(),
    hint: z.string(),
  }),
]);
export type EngineEvent = z.infer<typeof engineEventSchema>;
