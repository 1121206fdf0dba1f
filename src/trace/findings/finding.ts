import type { Prediction } from '../whatIf/predict';
import type { Case } from './case';

/** The drawings that a finding can be seen in. */
export const EVIDENT_CHARTS = ['cost', 'hits', 'depths', 'lengths', 'entropy', 'time'] as const;
export type EvidentChart = (typeof EVIDENT_CHARTS)[number];

/** Where in the trace one can see what a finding says. */
export interface Evidence {
  /** The drawing that shows it; null where its rounds do. */
  readonly chart: EvidentChart | null;
  /** Indices of rounds, the first ones where there are many. */
  readonly rounds: readonly number[];
  readonly nodes: readonly { readonly round: number; readonly node: number }[];
  readonly depths: readonly number[];
  /** The numbers of the sentence, by name; shares between 0 and 1, times in microseconds. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** A change of one setting that follows from a finding. */
export interface SettingChange {
  readonly key:
    | 'draftscope.drafter'
    | 'draftscope.weights'
    | 'draftscope.draft.policy'
    | 'draftscope.draft.nodes'
    | 'draftscope.draft.depth';
  readonly value: string | number;
}

/** One sentence on why a run is not faster, from a named rule. Plain data. */
export interface Finding {
  readonly rule: string;
  readonly sentence: string;
  readonly evidence: Evidence;
  /** What the change is predicted to do to the tokens per second; null where the trace cannot tell. */
  readonly gain: Pick<Prediction, 'ratio' | 'tokensPerSecond' | 'support'> | null;
  readonly setting: SettingChange | null;
  /** Share of the run's time that is at stake, between 0 and 1: findings are told by it, the largest first. */
  readonly weight: number;
}

/** A rule looks at one thing and speaks up, or does not. */
export interface Rule {
  readonly id: string;
  find(run: Case): Omit<Finding, 'rule'> | null;
}

/** Most places that a finding refers to: one looks at a few. */
const MOST_PLACES = 100;

export function evidence(numbers: Evidence['numbers'], places: Partial<Omit<Evidence, 'numbers'>>): Evidence {
  const { chart = null, rounds = [], nodes = [], depths = [] } = places;
  return {
    chart,
    rounds: rounds.slice(0, MOST_PLACES),
    nodes: nodes.slice(0, MOST_PLACES),
    depths,
    numbers,
  };
}

/** The share of time that a prediction would save. */
export function saved(ratio: number): number {
  return Math.max(0, 1 - 1 / ratio);
}
