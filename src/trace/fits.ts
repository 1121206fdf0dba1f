import type { z } from 'zod';

/** Whether a value is just what a schema describes. */
export type Fits = (value: unknown) => boolean;

/**
 * A fast answer for the many values that are as they should be: walks the schema once and makes a function of it that
 * looks at a value without building anything. It says yes only where the schema itself would accept the value and
 * return an equal one; no means that the schema is to be asked, which also knows what is wrong. What it does not know
 * of schemas, it says no to.
 */
export function fitsOf(schema: z.core.$ZodType): Fits {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'object') {
    return def.catchall === undefined && hasNoChecks(def) ? objectFits(def.shape) : never;
  }
  if (def.type === 'array') {
    const element = fitsOf(def.element);
    return hasNoChecks(def) ? (value) => Array.isArray(value) && value.every(element) : never;
  }
  if (def.type === 'union') {
    const options = def.options.map(fitsOf);
    return hasNoChecks(def) ? (value) => options.some((fits) => fits(value)) : never;
  }
  if (def.type === 'nullable') {
    const inner = fitsOf(def.innerType);
    return (value) => value === null || inner(value);
  }
  if (def.type === 'optional') {
    const inner = fitsOf(def.innerType);
    return (value) => value === undefined || inner(value);
  }
  if (def.type === 'number') return numberFits(def);
  if (def.type === 'string') return stringFits(def);
  if (def.type === 'boolean') return hasNoChecks(def) ? (value) => typeof value === 'boolean' : never;
  if (def.type === 'literal') return isAmong(def.values);
  if (def.type === 'enum') return isAmong(Object.values(def.entries));
  return never;
}

const never: Fits = () => false;

function hasNoChecks({ checks = [] }: { readonly checks?: readonly unknown[] }): boolean {
  return checks.length === 0;
}

function isAmong(values: readonly unknown[]): Fits {
  const known = new Set(values);
  return (value) => known.has(value);
}

function objectFits(shape: Readonly<Record<string, z.core.$ZodType>>): Fits {
  const fields = Object.entries(shape).map(([name, field]) => ({ name, fits: fitsOf(field) }));
  const names = new Set(Object.keys(shape));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const object = value as Record<string, unknown>;
    // A field that the schema does not know is one that it would leave out.
    for (const name in object) if (!names.has(name)) return false;
    for (const { name, fits } of fields) if (!fits(object[name])) return false;
    return true;
  };
}

function numberFits(def: z.core.$ZodNumberDef): Fits {
  let isKind: (value: number) => boolean = Number.isFinite;
  if ('format' in def) {
    if (def.format !== 'safeint') return never;
    isKind = Number.isSafeInteger;
  }
  let [least, most] = [-Infinity, Infinity];
  let [under, over] = [Infinity, -Infinity];
  for (const check of def.checks ?? []) {
    const limit = check._zod.def as z.core.$ZodCheckLessThanDef | z.core.$ZodCheckGreaterThanDef;
    if (limit.check !== 'less_than' && limit.check !== 'greater_than') return never;
    const value = Number(limit.value);
    if (limit.check === 'less_than') {
      if (limit.inclusive) most = Math.min(most, value);
      else under = Math.min(under, value);
    } else if (limit.inclusive) least = Math.max(least, value);
    else over = Math.max(over, value);
  }
  return (value) =>
    typeof value === 'number' &&
    isKind(value) &&
    value >= least &&
    value <= most &&
    value < under &&
    value > over;
}

function stringFits(def: z.core.$ZodStringDef): Fits {
  if ('format' in def) return never;
  const patterns: RegExp[] = [];
  for (const check of def.checks ?? []) {
    const { check: kind, pattern } = check._zod.def as z.core.$ZodCheckStringFormatDef;
    if (kind !== 'string_format' || pattern === undefined || pattern.global) return never;
    patterns.push(pattern);
  }
  return (value) => typeof value === 'string' && patterns.every((pattern) => pattern.test(value));
}

/** Checks values by a schema, at once where they are just what it describes. */
export function checkerOf<T extends z.ZodType>(
  schema: T,
): (value: unknown) => z.ZodSafeParseResult<z.output<T>> {
  const fits = fitsOf(schema);
  return (value) => (fits(value) ? { success: true, data: value as z.output<T> } : schema.safeParse(value));
}
