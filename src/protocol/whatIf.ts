import { z } from 'zod';
import type { Forecast } from '../trace/whatIf/forecast';
import { MOST_ASKED, type Changes } from '../trace/whatIf/setting';
import { budgetPointSchema, predictionSchema } from './analysis';

/** A what-if question and its answer, as they travel: `trace/whatIf` says what each field means. */

const size = z.int().min(0).max(MOST_ASKED);

export const changesSchema = z
  .object({
    policy: z.enum(['fixed', 'costAware']),
    nodes: size,
    depth: size,
    width: size.min(1).nullable(),
    minQ: z.number().min(0).max(1),
  })
  .partial() satisfies z.ZodType<Changes>;

export const forecastSchema = z.object({
  recorded: predictionSchema.pick({
    tokensPerSecond: true,
    acceptanceLength: true,
    rowsPerRound: true,
    roundTime: true,
  }),
  prediction: predictionSchema,
  budgets: z.array(budgetPointSchema).min(1).readonly(),
  limits: predictionSchema.shape.setting.pick({ nodes: true, depth: true }),
  withQ: z.boolean(),
  divisible: z.boolean(),
}) satisfies z.ZodType<Forecast>;
