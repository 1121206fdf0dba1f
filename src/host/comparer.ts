import { UserError } from '../errors';
import { t } from '../l10n';
import { comparing, type Comparison, type Run } from '../trace/compare/compare';
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

/**
 * Compares two traces, or their beginnings where they are too long to hold, beside everything else that the thread
 * does.
 *
 * @returns null when `wanted` said before the end that nobody waits for it any more
 * @throws UserError `usage` when they continue different prompts, `bad-file` when one cannot be read
 */
export async function compareSides(a: Side, b: Side, wanted: () => boolean): Promise<Comparison | null> {
  const pacer = new Pacer();
  const runs: Run[] = [];
  for (const { name, header, rounds: source } of [a, b]) {
    if (header === null) throw new UserError('bad-file', t('{0} holds no trace to compare.', name));
    const rounds = await readRounds(source, { first: 0, last: source.columns.length }, pacer, wanted);
    if (rounds === null) return null;
    runs.push({ name, header, rounds });
  }
  return pacer.run(comparing(runs[0], runs[1]), wanted);
}
