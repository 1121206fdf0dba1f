import { choicesOf } from '../roundFacts';
import type { Round } from '../schema';
import type { Steps } from '../steps';

/** Where the target's tokens stood among the tokens drafted for their place, at one depth. */
export interface DepthHits {
  /** Choices of the target at this depth where something was drafted. */
  readonly asked: number;
  /** `[rank]`, from rank 1 at index 0: those that the node of that rank among its siblings carried. */
  readonly byRank: readonly number[];
  /** `[rank]` those where a node of that rank was offered at all. */
  readonly offered: readonly number[];
  /** Of the hits, those that the budget had cut before the target saw them. */
  readonly pruned: number;
}

/**
 * Hits by depth, from 1 at index 0, and rank. Siblings rank by the drafter's probability, those without one in
 * the order of the offer. What the budget cut counts as offered: the text tells whether it was right.
 */
export function* hitsByRank(rounds: readonly Round[]): Steps<DepthHits[]> {
  const levels: { asked: number; byRank: number[]; offered: number[]; pruned: number }[] = [];
  for (const round of rounds) {
    for (const { depth, token, offered } of choicesOf(round)) {
      if (offered.length === 0) continue;
      while (levels.length < depth) levels.push({ asked: 0, byRank: [], offered: [], pruned: 0 });
      const level = levels[depth - 1];
      level.asked++;
      offered.forEach((node, rank) => {
        level.offered[rank] = (level.offered[rank] ?? 0) + 1;
        level.byRank[rank] ??= 0;
        if (round.token[node] !== token) return;
        level.byRank[rank]++;
        if (round.state[node] === 'pruned') level.pruned++;
      });
    }
    yield;
  }
  return levels;
}

/** How the target ranked the nodes at the places it reached. */
export interface TargetRanks {
  /** `[rank]`, from rank 1 at index 0: accepted nodes that were the target's candidate of that rank. */
  readonly accepted: readonly number[];
  /** The same for rejected nodes. */
  readonly rejected: readonly number[];
  /** Rejected nodes that were not among the candidates that the trace keeps. */
  readonly rejectedBeyond: number;
}

/** Ranks in the target's own law, before temperature and truncation. */
export function* targetRanks(rounds: readonly Round[]): Steps<TargetRanks> {
  const accepted: number[] = [];
  const rejected: number[] = [];
  let rejectedBeyond = 0;
  for (const round of rounds) {
    for (const { offered, top } of choicesOf(round)) {
      if (top === null) continue;
      for (const node of offered) {
        const rank = top.token.indexOf(round.token[node]);
        if (round.state[node] === 'accepted' && rank >= 0) count(accepted, rank);
        else if (round.state[node] === 'rejected' && rank >= 0) count(rejected, rank);
        else if (round.state[node] === 'rejected') rejectedBeyond++;
      }
    }
    yield;
  }
  return { accepted, rejected, rejectedBeyond };
}

function count(counts: number[], at: number): void {
  while (counts.length <= at) counts.push(0);
  counts[at]++;
}
