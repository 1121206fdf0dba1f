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
export function readings(t: Tally): Reading[] {
  const per = (part: number, whole: number, digits: number) =>
    whole > 0 ? (part / whole).toFixed(digits) : '–';
  const ms = (us: number) => (us / 1000).toFixed(1);
  return [
    {
      label: 'tokens/s',
      value: per(t.tokens * 1e6, t.total, 1),
      unit: '',
      formula: `Tokens per second = tokens ÷ time of the rounds = ${t.tokens} ÷ ${(t.total / 1e6).toFixed(2)} s. The prompt's own time is not in it.`,
    },
    {
      label: 'acceptance τ',
      value: per(t.tokens, t.rounds, 2),
      unit: '',
      formula: `Acceptance length τ = tokens ÷ rounds = ${t.tokens} ÷ ${t.rounds}: tokens per forward of the target, bonus and correction tokens included. Plain decoding has 1.`,
    },
    {
      label: 'draft',
      value: per(t.draft / 1000, t.rounds, 1),
      unit: 'ms',
      formula: `Draft time per round = ${ms(t.draft)} ms ÷ ${t.rounds}: what the drafter took to propose.`,
    },
    {
      label: 'verify',
      value: per(t.verify / 1000, t.rounds, 1),
      unit: 'ms',
      formula: `Verify time per round = ${ms(t.verify)} ms ÷ ${t.rounds}: one forward of the target over all drafted tokens.`,
    },
  ];
}
