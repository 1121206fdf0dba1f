import type { Round } from '../src/trace/schema';

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

export function addRound(tally: Tally, round: Round): Tally {
  return {
    rounds: tally.rounds + 1,
    tokens: tally.tokens + round.emitted.length,
    accepted: tally.accepted + round.accepted_path.length,
    verified: tally.verified + verifiedNodes(round),
    draft: tally.draft + round.t_us.draft,
    verify: tally.verify + round.t_us.verify,
    total: tally.total + round.t_us.total,
  };
}

/** Nodes of a round that the target scored: all but the pruned ones. */
export function verifiedNodes(round: Round): number {
  return round.state.reduce((sum, state) => sum + (state === 'pruned' ? 0 : 1), 0);
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

/** One column of the strip: one round, or the mean of several where they do not fit. */
export interface StripColumn {
  readonly accepted: number;
  /** Depth of the draft's deepest node that the target saw. */
  readonly drafted: number;
}

export function stripColumn(round: Round): StripColumn {
  let drafted = 0;
  round.depth.forEach((depth, node) => {
    if (round.state[node] !== 'pruned' && depth > drafted) drafted = depth;
  });
  return { accepted: round.accepted_path.length, drafted };
}

/** Joins every `size` columns into their mean, the last one of what is left. */
export function binColumns(columns: readonly StripColumn[], size: number): StripColumn[] {
  if (size === 1) return [...columns];
  const bins: StripColumn[] = [];
  for (let start = 0; start < columns.length; start += size) {
    const part = columns.slice(start, start + size);
    bins.push({
      accepted: part.reduce((sum, c) => sum + c.accepted, 0) / part.length,
      drafted: part.reduce((sum, c) => sum + c.drafted, 0) / part.length,
    });
  }
  return bins;
}
