import { z } from 'zod';
import type { Comparison } from '../trace/compare/compare';

/** A comparison of two runs, as it travels: `trace/compare` says what each field means. */

const count = z.int().nonnegative();
const number = z.number();
const known = number.nullable();

const partSchema = z.object({ rounds: count, draft: number, verify: number, other: number });

const segmentSchema = z.object({
  start: count,
  tokens: count,
  firstRound: z.object({ a: count, b: count }),
  a: partSchema,
  b: partSchema,
});

const sideSchema = z.object({
  round: count,
  token: count,
  text: z.string(),
  bytes: z.string(),
  p: known,
  pOther: known,
});

export const comparisonSchema = z.object({
  common: count,
  divergence: z
    .object({ index: count, position: count, a: sideSchema, b: sideSchema, margin: known })
    .nullable(),
  differences: z.array(z.object({ name: z.string(), a: z.string(), b: z.string() })).readonly(),
  compared: segmentSchema,
  reasons: z.object({ acceptance: number, draft: number, verify: number, other: number }),
  segments: z.array(segmentSchema).readonly(),
  stretches: z.array(segmentSchema).readonly(),
}) satisfies z.ZodType<Comparison>;
