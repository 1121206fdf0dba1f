import type { DepthCount, PhaseTimes } from '../../src/decoding/metrics';
import type { Round } from '../../src/trace/schema';
import { groupBy, sum } from '../statistics';

/** The rounds whose drafts had so many levels. */
export interface DraftTimes {
  readonly levels: number;
  readonly rounds: number;
  /** Of their draft phases, in microseconds. */
  readonly us: number;
}

/** One contender's answer to one question. */
export interface ContenderRun {
  readonly contender: string;
  readonly tokens: number;
  readonly rounds: number;
  readonly byDepth: readonly DepthCount[];
  /** Of all rounds, in microseconds: the prefill is not in it. */
  readonly t_us: PhaseTimes;
  /** What drafting took, by how deep the drafts were. */
  readonly drafts: readonly DraftTimes[];
  /** Tokens before the first that differs from plain decoding's; as many as plain decoding's when all are equal. */
  readonly sameTokens: number;
  readonly equal: boolean;
}

/** All answers to one question in one run. Plain decoding stands there several times. */
export interface QuestionRuns {
  readonly question: number;
  readonly task: string;
  readonly temperature: number;
  readonly runs: readonly ContenderRun[];
}

/** A contender's answers added up. */
export interface Total {
  readonly runs: number;
  readonly tokens: number;
  readonly rounds: number;
  readonly sameTokens: number;
  readonly equal: number;
  readonly byDepth: readonly DepthCount[];
  readonly t_us: PhaseTimes;
}

/** Adds up: a long answer weighs more than a short one, as it does for whoever waits for it. */
export function total(runs: readonly ContenderRun[]): Total {
  const deepest = Math.max(0, ...runs.map(({ byDepth }) => byDepth.length));
  const phase = (name: keyof PhaseTimes): number => sum(runs.map(({ t_us }) => t_us[name]));
  const depth = (level: number, name: keyof DepthCount): number =>
    sum(runs.map(({ byDepth }) => byDepth[level]?.[name] ?? 0));
  return {
    runs: runs.length,
    tokens: sum(runs.map(({ tokens }) => tokens)),
    rounds: sum(runs.map(({ rounds }) => rounds)),
    sameTokens: sum(runs.map(({ sameTokens }) => sameTokens)),
    equal: runs.filter(({ equal }) => equal).length,
    byDepth: Array.from({ length: deepest }, (_, level) => ({
      proposed: depth(level, 'proposed'),
      accepted: depth(level, 'accepted'),
    })),
    t_us: {
      draft: phase('draft'),
      verify: phase('verify'),
      sample: phase('sample'),
      commit: phase('commit'),
      total: phase('total'),
    },
  };
}

/** Microseconds a token: of sums, so where rounding made two answers differ in length, neither gains by it. */
export function timePerToken({ t_us, tokens }: Total): number {
  return t_us.total / tokens;
}

/** How many times as fast as `reference`. */
export function speedUp(reference: Total, own: Total): number {
  return timePerToken(reference) / timePerToken(own);
}

/** The draft phases of some rounds, by the draft's depth. */
export function draftsByLevels(rounds: readonly Pick<Round, 'depth' | 't_us'>[]): DraftTimes[] {
  const byLevels = groupBy(rounds, ({ depth }) => Math.max(0, ...depth));
  return [...byLevels]
    .map(([levels, some]) => ({
      levels,
      rounds: some.length,
      us: sum(some.map(({ t_us }) => t_us.draft)),
    }))
    .sort((a, b) => a.levels - b.levels);
}

/** How far two outputs are the same: tokens before the first difference. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return length;
}
