import { bisectRight, cumsum } from 'd3';
import { UserError } from '../../errors';
import { t } from '../../l10n';
import { otherTime } from '../roundFacts';
import type { Round, TraceHeader } from '../schema';
import { finish, type Steps } from '../steps';
import { divergenceOf, type Divergence } from './divergence';
import { settingDifferences, type SettingDifference } from './settings';

/** A run to compare, and what messages call it. */
export interface Run {
  readonly name: string;
  readonly header: TraceHeader;
  readonly rounds: readonly Round[];
}

/** Rounds of one run that committed the same tokens as rounds of the other. Times in microseconds. */
export interface Part {
  readonly rounds: number;
  readonly draft: number;
  readonly verify: number;
  readonly other: number;
}

/** A stretch of the common text, between places where both runs end a round. */
export interface Segment {
  /** Tokens of the output before it, and in it. */
  readonly start: number;
  readonly tokens: number;
  /** Indices of each run's first round in it. */
  readonly firstRound: { readonly a: number; readonly b: number };
  readonly a: Part;
  readonly b: Part;
}

/**
 * Why `a` took longer than `b` over the common text (negative: shorter), in microseconds: what the number of
 * rounds did, which is acceptance, and what a round cost. The four add up to the difference.
 */
export interface Reasons {
  readonly acceptance: number;
  readonly draft: number;
  readonly verify: number;
  readonly other: number;
}

export interface Comparison {
  /** Tokens from the beginning of the output that are the same in both runs. */
  readonly common: number;
  /** Null where one output is the beginning of the other, or both are the same. */
  readonly divergence: Divergence | null;
  readonly differences: readonly SettingDifference[];
  /** Over the common text, up to the last place where both runs end a round. */
  readonly compared: Segment;
  readonly reasons: Reasons;
  /** The compared text in a few parts, to read. */
  readonly segments: readonly Segment[];
  /** The compared text in many parts, to draw. */
  readonly stretches: readonly Segment[];
}

/** Parts into which the compared text is cut, at most: to read and to draw. */
const SEGMENTS = 8;
const STRETCHES = 240;

/**
 * Compares two runs over the text that they have in common.
 *
 * @throws UserError `usage` when they continue different prompts
 */
export function compareRuns(a: Run, b: Run): Comparison {
  return finish(comparing(a, b));
}

/** Like `compareRuns`. */
export function* comparing(a: Run, b: Run): Steps<Comparison> {
  refuseOtherPrompt(a, b);
  const common = commonTokens(a.rounds, b.rounds);
  yield;
  const sums = { a: sumsOf(a.rounds), b: sumsOf(b.rounds) };
  yield;
  const boundaries = sharedBoundaries(sums.a.ends, sums.b.ends, common);
  const between = (from: number, to: number) => segmentBetween(sums, from, to);
  const parts = (most: number) => cut(boundaries, most).map(([from, to]) => between(from, to));
  yield;
  const compared = between(0, boundaries.at(-1) ?? 0);
  return {
    common,
    divergence: divergenceOf(a, b, common),
    differences: settingDifferences(a.header, b.header),
    compared,
    reasons: reasonsOf(compared.a, compared.b),
    segments: parts(SEGMENTS),
    stretches: parts(STRETCHES),
  };
}

export function partTime({ draft, verify, other }: Part): number {
  return draft + verify + other;
}

function refuseOtherPrompt(a: Run, b: Run): void {
  const [one, other] = [a.header.prompt.tokens, b.header.prompt.tokens];
  const length = Math.max(one.length, other.length);
  for (let i = 0; i < length; i++) {
    if (one[i] === other[i]) continue;
    throw new UserError(
      'usage',
      t(
        '{0} and {1} continue different prompts (token {2} differs), so they have no text in common.',
        a.name,
        b.name,
        i,
      ),
      t('Compare two runs of one prompt with one model.'),
    );
  }
}

function* outputOf(rounds: readonly Round[]): Generator<number> {
  for (const { emitted } of rounds) yield* emitted;
}

function commonTokens(a: readonly Round[], b: readonly Round[]): number {
  const other = outputOf(b);
  let common = 0;
  for (const token of outputOf(a)) {
    if (other.next().value !== token) break;
    common++;
  }
  return common;
}

/** What a run had committed and taken after each of its rounds. */
interface Sums {
  /** `[rounds]` tokens of output at the end of each. */
  readonly ends: readonly number[];
  /** `[rounds + 1]` microseconds before each, and at the end. */
  readonly draft: readonly number[];
  readonly verify: readonly number[];
  readonly other: readonly number[];
}

function sumsOf(rounds: readonly Round[]): Sums {
  let end = 0;
  return {
    ends: rounds.map(({ emitted }) => (end += emitted.length)),
    draft: runningSum(rounds.map(({ t_us }) => t_us.draft)),
    verify: runningSum(rounds.map(({ t_us }) => t_us.verify)),
    other: runningSum(rounds.map(otherTime)),
  };
}

function runningSum(values: readonly number[]): number[] {
  return [0, ...cumsum(values)];
}

/** Tokens of output after which both runs end a round, up to `most`; 0 first. */
function sharedBoundaries(a: readonly number[], b: readonly number[], most: number): number[] {
  const ends = new Set(b);
  return [0, ...a.filter((end) => end <= most && ends.has(end))];
}

/** Neighbouring boundaries joined to at most `most` stretches of about equal length. */
function cut(boundaries: readonly number[], most: number): [from: number, to: number][] {
  const last = boundaries.at(-1) ?? 0;
  const stretches: [number, number][] = [];
  let from = 0;
  for (const boundary of boundaries.slice(1)) {
    if (boundary < last && boundary - from < last / most) continue;
    stretches.push([from, boundary]);
    from = boundary;
  }
  return stretches;
}

function segmentBetween(sums: { readonly a: Sums; readonly b: Sums }, from: number, to: number): Segment {
  const one = partBetween(sums.a, from, to);
  const other = partBetween(sums.b, from, to);
  return {
    start: from,
    tokens: to - from,
    firstRound: { a: one.first, b: other.first },
    a: one.part,
    b: other.part,
  };
}

function partBetween(
  { ends, draft, verify, other }: Sums,
  from: number,
  to: number,
): { first: number; part: Part } {
  const first = bisectRight(ends, from);
  const last = bisectRight(ends, to);
  const sum = (sums: readonly number[]) => sums[last] - sums[first];
  return {
    first: Math.min(first, Math.max(0, ends.length - 1)),
    part: { rounds: last - first, draft: sum(draft), verify: sum(verify), other: sum(other) },
  };
}

/** Rounds times cost, split evenly: each factor's difference at the mean of the other. */
function reasonsOf(a: Part, b: Part): Reasons {
  if (a.rounds === 0 || b.rounds === 0) return { acceptance: 0, draft: 0, verify: 0, other: 0 };
  const rounds = (a.rounds + b.rounds) / 2;
  const perRound = (part: 'draft' | 'verify' | 'other') => a[part] / a.rounds - b[part] / b.rounds;
  const meanCost = (partTime(a) / a.rounds + partTime(b) / b.rounds) / 2;
  return {
    acceptance: (a.rounds - b.rounds) * meanCost,
    draft: rounds * perRound('draft'),
    verify: rounds * perRound('verify'),
    other: rounds * perRound('other'),
  };
}
