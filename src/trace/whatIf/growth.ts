import type { Round } from '../schema';
import { pathAlong, type Recording } from './recording';
import type { WhatIf } from './setting';

type Limits = Pick<WhatIf, 'nodes' | 'depth'>;

/** What nodes beyond the recorded ones can be expected to bring: an extrapolation. */
export interface Growth {
  /** Of the accepted nodes, those of the second half of full drafts over those of the first half, at most 1. */
  readonly ratio: number;
  /** Expected accepted nodes of a full draft's second half. */
  readonly secondHalf: number;
}

/** Whether the budget, and not the drafter, ended a round's draft. */
export function wasCut({ token, depth, budget }: Round): boolean {
  return token.length >= budget.nodes || depth.some((level) => level >= budget.depth);
}

/**
 * How much the later nodes of full drafts brought of what the earlier ones did.
 *
 * @returns null where no draft was cut by its budget, so that a larger budget would change nothing, or where
 *   drafts of one node do not tell how it goes on
 */
export function growthOf({ rounds, offers, starts, text }: Recording): Growth | null {
  let full = 0;
  let first = 0;
  let second = 0;
  rounds.forEach((round, i) => {
    const nodes = round.token.length;
    if (nodes < 2 || !wasCut(round)) return;
    full++;
    for (const node of pathAlong(text, offers[i], starts[i])) {
      if (node < nodes / 2) first++;
      else second++;
    }
  });
  if (full === 0) return null;
  return { ratio: first === 0 ? 0 : Math.min(1, second / first), secondHalf: second / full };
}

/**
 * Nodes that a larger budget would add to a round's draft, if the recorded one cut it.
 *
 * @param recorded the limits of the whole run: a round's own budget is smaller where the text is about to end
 */
export function addedNodes(round: Round, budget: Limits, recorded: Limits): number {
  const { token, depth } = round;
  const byNodes = budget.nodes > recorded.nodes && token.length >= round.budget.nodes;
  const byDepth = budget.depth > recorded.depth && depth.some((level) => level >= recorded.depth);
  // On shorter paths a draft would be another one, of which nothing is known, and not the same and more.
  if (token.length < 2 || budget.depth < recorded.depth || (!byNodes && !byDepth)) return 0;
  return Math.max(0, budget.nodes - token.length);
}

/**
 * Expected accepted nodes among `added` ones after `nodes`: every further half as many bring `ratio` of what the
 * half before them brought.
 */
export function expectedGain({ ratio, secondHalf }: Growth, nodes: number, added: number): number {
  const half = nodes / 2;
  let gain = 0;
  let brings = secondHalf * ratio;
  for (let left = added; left > 0 && brings > 1e-6; left -= half) {
    gain += brings * Math.min(1, left / half);
    brings *= ratio;
  }
  return gain;
}
