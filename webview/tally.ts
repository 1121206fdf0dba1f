import { decimal, t } from '../src/l10n';
import type { RoundColumns } from '../src/trace/roundColumns';

/** Sums over the rounds so far, from which the header's numbers are divided. Times in microseconds. */
export interface Tally {
  readonly rounds: number;
  readonly tokens: number;
  readonly accepted: number;
  /** Nodes the target saw. */
  readonly verified: number;
  readonly draft: number;
  readonly verify: number;
  readonly total: number;
}

export const EMPTY_TALLY: Tally = {
  rounds: 0,
  tokens: 0,
  accepted: 0,
  verified: 0,
  draft: 0,
  verify: 0,
  total: 0,
};

/** Adds the rounds `[from, to)`. */
export function addRounds(tally: Tally, { column }: RoundColumns, from: number, to: number): Tally {
  const sum = { ...tally };
  for (let i = from; i < to; i++) {
    sum.rounds += 1;
    sum.tokens += column.emitted[i];
    sum.accepted += column.accepted[i];
    sum.verified += column.nodes[i] - column.pruned[i];
    sum.draft += column.draft[i];
    sum.verify += column.verify[i];
    sum.total += column.total[i];
  }
  return sum;
}

/** A number of the header with the formula it comes from. */
export interface Reading {
  readonly label: string;
  readonly value: string;
  readonly unit: string;
  readonly formula: string;
}

/** The header's numbers; an em dash where there is no round to divide by. */
export function readings(tally: Tally): Reading[] {
  const per = (part: number, whole: number, digits: number) =>
    whole > 0 ? decimal(part / whole, digits) : '–';
  const ms = (us: number) => decimal(us / 1000, 1);
  return [
    {
      label: 'tokens/s',
      value: per(tally.tokens * 1e6, tally.total, 1),
      unit: '',
      formula: t(
        "Tokens per second = tokens ÷ time of the rounds = {0} ÷ {1} s. The prompt's own time is not in it.",
        tally.tokens,
        decimal(tally.total / 1e6, 2),
      ),
    },
    {
      label: t('acceptance τ'),
      value: per(tally.tokens, tally.rounds, 2),
      unit: '',
      formula: t(
        'Acceptance length τ = tokens ÷ rounds = {0} ÷ {1}: tokens per forward of the target, bonus and correction tokens included. Plain decoding has 1.',
        tally.tokens,
        tally.rounds,
      ),
    },
    {
      label: t('draft'),
      value: per(tally.draft / 1000, tally.rounds, 1),
      unit: 'ms',
      formula: t(
        'Draft time per round = {0} ms ÷ {1}: what the drafter took to propose.',
        ms(tally.draft),
        tally.rounds,
      ),
    },
    {
      label: t('verify'),
      value: per(tally.verify / 1000, tally.rounds, 1),
      unit: 'ms',
      formula: t(
        'Verify time per round = {0} ms ÷ {1}: one forward of the target over all drafted tokens.',
        ms(tally.verify),
        tally.rounds,
      ),
    },
  ];
}
