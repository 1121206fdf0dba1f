import assert from 'node:assert/strict';
import fc from 'fast-check';
import { z } from 'zod';
import { fitsOf } from '../../../src/trace/fits';
import { headerSchema, roundSchema, summarySchema } from '../../../src/trace/schema';
import { summarise } from '../../../src/trace/summary';
import { sampleTrace } from '../../support/sampleTrace';

const { header, rounds } = sampleTrace();
const lines = [
  { schema: headerSchema, line: header },
  ...rounds.slice(0, 8).map((line) => ({ schema: roundSchema, line })),
  { schema: summarySchema, line: summarise(header, rounds, 'stop') },
];

/** Whether a schema takes a value as it is: what `fitsOf` answers without asking it. */
function isTakenAsItIs(schema: z.ZodType, value: unknown): boolean {
  const result = schema.safeParse(value);
  if (!result.success) return false;
  try {
    assert.deepEqual(result.data, value);
    return true;
  } catch {
    return false;
  }
}

/** Every field of a JSON value in turn, at any depth, with another value in its place; and a field too many. */
function* changed(value: unknown, other: unknown): Generator<unknown> {
  yield other;
  if (typeof value !== 'object' || value === null) return;
  const keys = Object.keys(value);
  for (const key of [...keys.slice(0, 30), 'unknown']) {
    const inner = (value as Record<string, unknown>)[key];
    for (const one of key === 'unknown' ? [other] : changed(inner, other)) {
      if (Array.isArray(value))
        yield key === 'unknown' ? [...(value as unknown[]), one] : value.with(Number(key), one);
      else yield { ...value, [key]: one };
    }
  }
  if (Array.isArray(value)) return;
  for (const key of keys) yield Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

describe('what fits a schema', () => {
  it('is each line of a trace', () => {
    for (const { schema, line } of lines) assert.ok(fitsOf(schema)(JSON.parse(JSON.stringify(line))));
  });

  it('is what the schema takes as it is, and nothing else, whichever field is another', () => {
    const others = [null, true, -1, 0, 1, 0.5, 1e300, '', 'x', 'AA==', [], {}, [0], ['x'], [null]];
    let fitting = 0;
    for (const { schema, line } of [lines[0], lines[1], lines[lines.length - 1]]) {
      const fits = fitsOf(schema);
      for (const other of others) {
        for (const value of changed(line, other)) {
          const taken = isTakenAsItIs(schema, value);
          if (fits(value) !== taken) assert.equal(fits(value), taken, JSON.stringify(value));
          fitting += Number(taken);
        }
      }
    }
    assert.ok(fitting > 100);
  });

  it('is a number between the limits of its kind', () => {
    const kinds = [
      z.number(),
      z.int(),
      z.int().min(-1).max(3),
      z.number().min(0).lt(1),
      z.number().gt(0).max(1).min(-2),
      z.int().nonnegative(),
    ];
    for (const schema of kinds) {
      const fits = fitsOf(schema);
      const number = fc.oneof(
        fc.double(),
        fc.integer({ min: -3, max: 5 }),
        fc.constantFrom(0.5, 1e300, Infinity),
      );
      fc.assert(
        fc.property(number, (value) => {
          assert.equal(fits(value), schema.safeParse(value).success);
        }),
      );
    }
  });

  it('is nothing where a schema says more than is understood here', () => {
    const schemas = [
      z.string().min(2),
      z.array(z.int()).min(1),
      z.string().trim(),
      z.number().multipleOf(2),
      z.record(z.string(), z.int()),
      z.string().transform((text) => text.length),
      z.looseObject({ a: z.int() }),
      z.object({ a: z.int() }).refine(({ a }) => a > 3),
    ];
    const values = ['long', [1], 'x', 4, { a: 1 }, 'x', { a: 1 }, { a: 4 }];
    schemas.forEach((schema, i) => {
      assert.ok(schema.safeParse(values[i]).success);
      assert.equal(fitsOf(schema)(values[i]), false);
    });
  });
});
