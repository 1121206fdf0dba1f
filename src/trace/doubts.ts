import { plural, t } from '../l10n';
import type { Round, TraceSummary } from './schema';
import type { Recount } from './summary';

/**
 * What a readable trace says that cannot all be true, a sentence each with the place: it is shown all the same,
 * from its rounds. They are looked at one by one, and none is kept but the one before.
 */
export class Doubts {
  private readonly broken = new Map<DoubtRule, { readonly first: number; count: number }>();
  private before: Round | undefined;

  add(round: Round): void {
    for (const rule of RULES) {
      if (rule.holds(round, this.before)) continue;
      const known = this.broken.get(rule);
      if (known === undefined) this.broken.set(rule, { first: round.index, count: 1 });
      else known.count++;
    }
    this.before = round;
  }

  /**
   * @param summary what the trace says of its rounds; null where it says nothing
   * @param counts what they add up to
   */
  found(summary: TraceSummary | null, counts: Recount): string[] {
    const found: string[] = [];
    for (const rule of RULES) {
      const broken = this.broken.get(rule);
      if (broken === undefined) continue;
      const others =
        broken.count === 1
          ? ''
          : plural(broken.count - 1, ', and so in {0} more round', ', and so in {0} more rounds');
      found.push(t('In round {0} {1}{2}.', broken.first, rule.what(), others));
    }
    if (summary === null) return found;
    for (const name of ['rounds', 'tokens', 'accepted', 'rejected', 'drafted'] as const) {
      if (summary[name] === counts[name]) continue;
      found.push(
        t(
          'The summary says {0} for `{1}`, its rounds {2}; the rounds count.',
          summary[name],
          name,
          counts[name],
        ),
      );
    }
    return found;
  }
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
