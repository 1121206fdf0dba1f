import { UserError } from '../errors';
import { t } from '../l10n';
import { comparing, type Comparison, type Run } from '../trace/compare/compare';
import type { Extent } from '../trace/extent';
import type { RoundSource } from '../trace/roundSource';
import type { TraceHeader } from '../trace/schema';
import { Pacer } from './pacer';
import { readRounds } from './readRounds';

/** A trace to compare. */
export interface Side {
  /** What messages call it. */
  readonly name: string;
  /** Null where it could not be read. */
  readonly header: TraceHeader | null;
  readonly rounds: RoundSource;
}

/** A comparison, and how much of each run it is about. */
export interface ComparedSides {
  readonly comparison: Comparison;
  readonly extents: Readonly<Record<'a' | 'b', Extent>>;
}

/**
 * Compares two traces, or their beginnings where they are too long to hold, beside everything else that the thread
 * does.
 *
 * @param most rows of forwards that are looked at of each
 * @returns null when `wanted` said before the end that nobody waits for it any more
 * @throws UserError `usage` when they continue different prompts, `bad-file` when one cannot be read
 */
export async function compareSides(
  a: Side,
  b: Side,
  wanted: () => boolean,
  most?: number,
): Promise<ComparedSides | null> {
  const pacer = new Pacer();
  const runs: Run[] = [];
  for (const { name, header, rounds: source } of [a, b]) {
    if (header === null) throw new UserError('bad-file', t('{0} holds no trace to compare.', name));
    const rounds = await readRounds(source, { first: 0, last: source.columns.length, most }, pacer, wanted);
    if (rounds === null) return null;
    runs.push({ name, header, rounds });
  }
  const comparison = await pacer.run(comparing(runs[0], runs[1]), wanted);
  const extentOf = (run: Run, { rounds }: Side) => ({ rounds: run.rounds.length, of: rounds.columns.length });
  return comparison && { comparison, extents: { a: extentOf(runs[0], a), b: extentOf(runs[1], b) } };
}
