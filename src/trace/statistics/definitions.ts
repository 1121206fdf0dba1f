import { decimal, t } from '../../l10n';
import type { Round } from '../schema';
import type { Steps } from '../steps';
import { formatShare } from '../words';

/** The counts of a run that published definitions are made of. */
export interface RunCounts {
  /** Target forwards, one a round. */
  readonly rounds: number;
  /** Rounds that verified at least one drafted node. */
  readonly drafts: number;
  /** Tokens committed. */
  readonly tokens: number;
  /** Nodes offered, and of those the nodes that the target saw. */
  readonly offered: number;
  readonly proposed: number;
  /** Nodes that the target chose at: accepted or rejected. */
  readonly evaluated: number;
  readonly accepted: number;
  /** Largest budget of nodes of a round. */
  readonly budget: number;
  /** `[depth - 1]` rounds that accepted a node at the depth. */
  readonly acceptedAt: readonly number[];
  /** Rounds with a draft whose accepted path reached a leaf, that accepted some, and that accepted none. */
  readonly full: number;
  readonly partial: number;
  readonly zero: number;
}

export function* countRun(rounds: readonly Round[]): Steps<RunCounts> {
  const counts = {
    rounds: rounds.length,
    ...{ drafts: 0, tokens: 0, offered: 0, proposed: 0, evaluated: 0, accepted: 0, budget: 0 },
    ...{ full: 0, partial: 0, zero: 0 },
  };
  const acceptedAt: number[] = [];
  for (const { state, emitted, accepted_path: path, end, budget } of rounds) {
    const of = (...wanted: readonly string[]) => state.filter((one) => wanted.includes(one)).length;
    const seen = state.length - of('pruned');
    counts.tokens += emitted.length;
    counts.offered += state.length;
    counts.proposed += seen;
    counts.evaluated += of('accepted', 'rejected');
    counts.accepted += path.length;
    counts.budget = Math.max(counts.budget, budget.nodes);
    path.forEach((_, level) => (acceptedAt[level] = (acceptedAt[level] ?? 0) + 1));
    yield;
    if (seen === 0) continue;
    counts.drafts++;
    if (path.length === 0) counts.zero++;
    else if (end.kind === 'bonus') counts.full++;
    else counts.partial++;
  }
  return { ...counts, acceptedAt };
}

/** A metric as one program defines it. */
export interface Definition {
  /** Who calls it what: `vLLM mean_acceptance_length`. */
  readonly engine: string;
  /** In words and the names of `RunCounts`. */
  readonly formula: string;
  /** Null where there is nothing to divide by: absent is not zero. Arrays are by depth from 1. */
  readonly value: (counts: RunCounts) => number | null | readonly (number | null)[];
}

/** One metric, and how it is defined here and elsewhere. */
export interface Metric {
  readonly id: string;
  readonly name: string;
  /** `tokens`: per target forward; `share`: between 0 and 1. */
  readonly unit: 'tokens' | 'share' | 'rounds';
  /** Draftscope's own definition stands first. */
  readonly definitions: readonly [Definition, ...Definition[]];
}

/**
 * The published metrics of speculative decoding by name, each with the formulas under which programs report it:
 * they differ, so numbers of different programs are comparable only where the formulas are. Sources: vLLM
 * v1/spec_decode/metrics.py, SGLang's meta_info, llama.cpp's server log and timings, onnxruntime-genai's
 * SpeculativeStats, AIPerf's spec_decode metrics, LM Studio's prediction stats, Spec-Bench, the EAGLE and Clover
 * papers.
 */
export function publishedMetrics(): readonly Metric[] {
  return [
    {
      id: 'acceptanceLength',
      name: t('Acceptance length'),
      unit: 'tokens',
      definitions: [
        own(t('tokens / rounds'), ({ tokens, rounds }) => ratio(tokens, rounds)),
        {
          engine: 'vLLM, llama.cpp, AIPerf mean acceptance length',
          formula: t('1 + accepted / drafts: rounds without a draft are left out'),
          value: ({ accepted, drafts }) => plus(1, ratio(accepted, drafts)),
        },
        {
          engine: 'SGLang spec_accept_length, Spec-Bench #Mean accepted tokens, EAGLE',
          formula: t('tokens / rounds'),
          value: ({ tokens, rounds }) => ratio(tokens, rounds),
        },
        {
          engine: 'llama.cpp server, from timings',
          formula: t('tokens / (tokens - accepted): a round that ends inside its draft is not counted'),
          value: ({ tokens, accepted }) => ratio(tokens, tokens - accepted),
        },
        {
          engine: 'Clover extra tokens per step',
          formula: t('tokens / rounds - 1'),
          value: ({ tokens, rounds }) => plus(-1, ratio(tokens, rounds)),
        },
      ],
    },
    {
      id: 'draftAcceptance',
      name: t('Draft acceptance'),
      unit: 'share',
      definitions: [
        own(t('accepted / proposed: nodes that the target saw'), ({ accepted, proposed }) =>
          ratio(accepted, proposed),
        ),
        {
          engine: 'vLLM draft_acceptance_rate, llama.cpp draft acceptance, TensorRT-LLM acceptance_rate',
          formula: t('accepted / proposed'),
          value: ({ accepted, proposed }) => ratio(accepted, proposed),
        },
        {
          engine: 'onnxruntime-genai acceptance_rate',
          formula: t('accepted / evaluated: nodes behind a rejected one are left out'),
          value: ({ accepted, evaluated }) => ratio(accepted, evaluated),
        },
        {
          engine: 'SGLang spec_accept_rate',
          formula: t('accepted / (rounds * budget): what could have been proposed'),
          value: ({ accepted, rounds, budget }) => ratio(accepted, rounds * budget),
        },
        {
          engine: 'LM Studio, accepted of total draft tokens',
          formula: t('accepted / offered: with those that the budget cut (ignored)'),
          value: ({ accepted, offered }) => ratio(accepted, offered),
        },
      ],
    },
    {
      id: 'unconditional',
      name: t('Acceptance by depth, of all rounds'),
      unit: 'share',
      definitions: [
        own(t('acceptedAt[d] / rounds'), ({ acceptedAt, rounds }) => acceptedAt.map((n) => ratio(n, rounds))),
        {
          engine: 'vLLM, llama.cpp acceptance rate per position',
          formula: t('acceptedAt[d] / drafts'),
          value: ({ acceptedAt, drafts }) => acceptedAt.map((n) => ratio(n, drafts)),
        },
      ],
    },
    {
      id: 'conditional',
      name: t('Acceptance by depth, of the depth above'),
      unit: 'share',
      definitions: [
        own(t('acceptedAt[d] / acceptedAt[d - 1], at depth 1 of all rounds'), ({ acceptedAt, rounds }) =>
          acceptedAt.map((n, i) => ratio(n, i === 0 ? rounds : acceptedAt[i - 1])),
        ),
        {
          engine: 'vLLM conditional acceptance rate (issue 39359)',
          formula: t('acceptedAt[d] / acceptedAt[d - 1], at depth 1 of the drafts'),
          value: ({ acceptedAt, drafts }) =>
            acceptedAt.map((n, i) => ratio(n, i === 0 ? drafts : acceptedAt[i - 1])),
        },
      ],
    },
    {
      id: 'acceptedPerVerified',
      name: t('Accepted per verified'),
      unit: 'share',
      definitions: [
        own(
          t('tokens / (proposed + rounds): of all rows of the forwards, those that became text'),
          (counts) => ratio(counts.tokens, counts.proposed + counts.rounds),
        ),
        {
          engine: 'AIPerf Accepted per Verified',
          formula: t('(accepted + drafts) / (proposed + drafts)'),
          value: ({ accepted, drafts, proposed }) => ratio(accepted + drafts, proposed + drafts),
        },
      ],
    },
    {
      id: 'wastedRows',
      name: t('Wasted rows'),
      unit: 'share',
      definitions: [
        own(t('(proposed - accepted) / proposed'), ({ proposed, accepted }) =>
          ratio(proposed - accepted, proposed),
        ),
      ],
    },
    {
      id: 'fullRounds',
      name: t('Drafts accepted to a leaf'),
      unit: 'rounds',
      definitions: [
        own(t('rounds with a draft that end in a bonus token'), ({ full }) => full),
        {
          engine: 'onnxruntime-genai full_accept_rounds',
          formula: t('rounds with a draft that end in a bonus token'),
          value: ({ full }) => full,
        },
      ],
    },
    {
      id: 'partialRounds',
      name: t('Drafts accepted in part'),
      unit: 'rounds',
      definitions: [
        own(t('rounds that accept some of their draft and no leaf'), ({ partial }) => partial),
        {
          engine: 'onnxruntime-genai partial_accept_rounds',
          formula: t('rounds that accept some of their draft and no leaf'),
          value: ({ partial }) => partial,
        },
      ],
    },
    {
      id: 'zeroRounds',
      name: t('Drafts rejected at once'),
      unit: 'rounds',
      definitions: [
        own(t('rounds with a draft that accept none of it'), ({ zero }) => zero),
        {
          engine: 'onnxruntime-genai zero_accept_rounds',
          formula: t('rounds with a draft that accept none of it'),
          value: ({ zero }) => zero,
        },
      ],
    },
  ];
}

/** A metric's value for people: percentages for shares, by depth separated by commas. */
export function valueText(value: ReturnType<Definition['value']>, unit: Metric['unit']): string {
  if (typeof value === 'object' && value !== null) {
    return value.length === 0 ? '–' : value.map((one) => valueText(one, unit)).join(', ');
  }
  if (value === null) return '–';
  switch (unit) {
    case 'share':
      return formatShare(value);
    case 'tokens':
      return decimal(value, 2);
    case 'rounds':
      return `${value}`;
  }
}

function own(formula: string, value: Definition['value']): Definition {
  return { engine: 'Draftscope', formula, value };
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

function plus(number: number, value: number | null): number | null {
  return value === null ? null : value + number;
}
