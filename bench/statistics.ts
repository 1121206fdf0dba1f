import { median as medianOf } from '../src/decoding/order';

/** The median of what was measured; nothing measured is a defect. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of nothing');
  return medianOf(values);
}

/** The median of `over[i] / under[i]`: each pair was measured side by side, so drift hits both alike. */
export function medianRatio(over: readonly number[], under: readonly number[]): number {
  if (over.length !== under.length) throw new Error(`${over.length} values for ${under.length}`);
  return median(over.map((value, i) => value / under[i]));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The values under each key, in the order in which the keys came up. */
export function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
