import { z } from 'zod';
import { TOKEN_CLASSES } from '../decoding/tokenClass';
import type { Analysis } from '../trace/analysis';
import { EVIDENT_CHARTS } from '../trace/findings/finding';
import { finishReasonSchema, summarySchema } from '../trace/schema';

/** What is concluded from a run, as it travels to a view: `trace/analysis.ts` says what each field means. */

const count = z.int().nonnegative();
const counts = z.array(count).readonly();
const number = z.number();

export const predictionSchema = z.object({
  setting: z.object({
    policy: z.enum(['fixed', 'costAware']),
    nodes: count,
    depth: count,
    width: count.nullable(),
    minQ: number,
  }),
  tokensPerSecond: number,
  ratio: number,
  acceptanceLength: number,
  rowsPerRound: number,
  roundTime: z.object({ draft: number, verify: number, other: number }),
  support: z.enum(['within', 'partly', 'extrapolated']),
  rounds: z.object({ recorded: count, continued: count, unknown: count }),
  notes: z.array(z.string()).readonly(),
});

export const budgetPointSchema = z.object({ nodes: count, prediction: predictionSchema, breakEven: number });

/** A setting that a finding proposes. The editor checks the value as it checks those in its settings. */
export const settingChangeSchema = z.object({
  key: z.enum([
    'draftscope.drafter',
    'draftscope.weights',
    'draftscope.draft.policy',
    'draftscope.draft.nodes',
    'draftscope.draft.depth',
  ]),
  value: z.union([z.string(), z.number()]),
});

const findingSchema = z.object({
  rule: z.string(),
  sentence: z.string(),
  evidence: z.object({
    chart: z.enum(EVIDENT_CHARTS).nullable(),
    rounds: counts,
    nodes: z.array(z.object({ round: count, node: count })).readonly(),
    depths: counts,
    numbers: z.record(z.string(), number),
  }),
  gain: z
    .object({ ratio: number, tokensPerSecond: number, support: predictionSchema.shape.support })
    .nullable(),
  setting: settingChangeSchema.nullable(),
  weight: number,
});

const rate = number.nullable();

const statisticsSchema = z.object({
  summary: summarySchema.extend({ finishReason: finishReasonSchema.nullable() }),
  counts: z.object({
    rounds: count,
    drafts: count,
    tokens: count,
    offered: count,
    proposed: count,
    evaluated: count,
    accepted: count,
    budget: count,
    acceptedAt: counts,
    full: count,
    partial: count,
    zero: count,
  }),
  byDepth: z.array(z.object({ conditional: rate, unconditional: rate })).readonly(),
  acceptedLengths: counts,
  hits: z.array(z.object({ asked: count, byRank: counts, offered: counts, pruned: count })).readonly(),
  targetRanks: z.object({ accepted: counts, rejected: counts, rejectedBeyond: count }),
  entropy: z.array(z.object({ from: number, choices: count, hits: count, meanTop: number })).readonly(),
  classes: z
    .array(z.object({ name: z.enum(TOKEN_CLASSES), tokens: count, asked: count, accepted: count }))
    .readonly(),
  rest: number,
});

export const analysisSchema = z.object({
  statistics: statisticsSchema,
  cost: z
    .object({
      source: z.enum(['measured', 'rounds']),
      measured: z.tuple([number, number]).readonly(),
      past: count,
      curve: z.array(number).min(1).readonly(),
      budgets: z.array(budgetPointSchema).min(1).readonly(),
    })
    .nullable(),
  findings: z.array(findingSchema).readonly().nullable(),
}) satisfies z.ZodType<Analysis>;
