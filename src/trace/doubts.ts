import { plural, t } from '../l10n';
import type { Trace } from './parse';
import type { Round } from './schema';
import { recount } from './summary';

/**
 * What a readable trace says that cannot all be true, a sentence each with the place: it is shown all the same,
 * from its rounds.
 */
export function doubts({ header, rounds, summary }: Trace): string[] {
  const found: string[] = [];
  for (const { what, holds } of RULES) {
    const broken = rounds.filter((round, i) => !holds(round, i === 0 ? undefined : rounds[i - 1]));
    if (broken.length === 0) continue;
    const others =
      broken.length === 1
        ? ''
        : plural(broken.length - 1, ', and so in {0} more round', ', and so in {0} more rounds');
    found.push(t('In round {0} {1}{2}.', broken[0].index, what(), others));
  }
  if (summary !== null) {
    const counts = recount(header, rounds);
    for (const name of ['rounds', 'tokens', 'accepted', 'rejected', 'drafted'] as const) {
      if (summary[name] !== counts[name]) {
        found.push(
          t(
            'The summary says {0} for `{1}`, its rounds {2}; the rounds count.',
            summary[name],
            name,
            counts[name],
          ),
        );
      }
    }
  }
  return found;
}

/** Clocks are written to a tenth of a microsecond. */
const ROUNDING_US = 1;

interface DoubtRule {
  readonly what: () => string;
  /** @param before the round before, undefined for the first */
  readonly holds: (round: Round, before: Round | undefined) => boolean;
}

const RULES: readonly DoubtRule[] = [
  {
    what: () => t('the phases take longer than the whole'),
    holds: ({ t_us: { draft, verify, sample, commit, total } }) =>
      draft + verify + sample + commit <= total + ROUNDING_US,
  },
  {
    what: () => t('the clock stands before the end of the round ahead of it'),
    holds: (round, before) =>
      before === undefined || round.start_us + ROUNDING_US >= before.start_us + before.t_us.total,
  },
  {
    what: () => t('the draft is larger than its budget'),
    holds: ({ token, depth, budget }) =>
      token.length <= budget.nodes && depth.every((level) => level <= budget.depth),
  },
  {
    what: () => t('the cache does not end where the root token stands'),
    holds: ({ kv, root }) => kv.before === root.position,
  },
  {
    what: () => t('the probabilities of the most probable tokens add up to more than 1, or do not fall'),
    holds: ({ target_top: rows }) =>
      rows.every(
        ({ p }) =>
          p.reduce((sum, value) => sum + value, 0) <= 1.001 &&
          p.every((value, i) => i === 0 || value <= p[i - 1]),
      ),
  },
];
