import { childrenOf } from '../decoding/draftTree';
import { t } from '../l10n';
import { draftRank } from './roundFacts';
import type { TraceHeader } from './schema';
import type { ShownRound } from './shownRound';
import { count, ordinal, probability, quote } from './labels';

/** Why a token became what it became, in one sentence, from what the round recorded and nothing else. */

/** What of the header the sentences depend on; null when the record has no header. */
export type RunFacts = Pick<TraceHeader, 'acceptance' | 'sampler'> | null;

export function nodeReason(round: ShownRound, node: number, run: RunFacts): string {
  const state = round.state[node];
  switch (state) {
    case 'accepted':
      return acceptedReason(round, node, run);
    case 'rejected':
      return rejectedReason(round, node, run);
    case 'notReached':
      return notReachedReason(round, node);
    case 'pruned':
      return `pruned: cut by the budget of ${count(round.budget, 'node')} before the target saw it`;
  }
}

/** The token that ended a round. */
export function endReason(round: ShownRound, run: RunFacts): string {
  const drawn = round.endKind === 'none' ? '' : choiceClause(round, round.emitted.length - 1, run);
  switch (round.endKind) {
    case 'bonus':
      return round.parent.length === 0
        ? `plain step: nothing was drafted, and the target chose this token${drawn}`
        : `bonus: the draft on this path was accepted to its end, so the same forward gave one token more${drawn}`;
    case 'correction': {
      const drafted = childrenOf(round, lastAccepted(round)).length;
      const instead = drafted === 1 ? 'the token drafted here' : `the ${drafted} tokens drafted here`;
      return round.chance.every((chance) => chance === null)
        ? `correction: the target chose this instead of ${instead}${drawn}`
        : `correction: drawn from what the target's law has more of than the drafter's, after ${instead} failed${drawn}`;
    }
    case 'none':
      return 'the text ended inside the draft, so no token more was needed';
  }
}

/**
 * What the target wanted where the draft failed: two short lines, null for a round that did not end in a
 * correction.
 */
export function wanted(round: ShownRound): readonly [string, string] | null {
  if (round.endKind !== 'correction') return null;
  const { text, bytes, p } = round.emitted[round.emitted.length - 1];
  const chosen = quote(text, bytes);
  return [`target wanted ${chosen}${p === null ? '' : ` (p ${probability(p)})`}`, whereItWas(round)];
}

/** Where the draft had the wanted token, if anywhere, and how the target ranked it. */
function whereItWas(round: ShownRound): string {
  const last = round.emitted.length - 1;
  const { token } = round.emitted[last];
  const children = childrenOf(round, lastAccepted(round));
  const rank = round.endRank ?? 1;
  const choice = rank > 1 ? `; its ${ordinal(rank)} choice` : '';

  const drafted = draftRank(round, lastAccepted(round), token);
  if (drafted !== null) {
    return t('rank {0} in the draft and outside the tree: cut by the budget{1}', drafted.rank, choice);
  }
  const elsewhere = round.token.findIndex((id, node) => id === token && round.nodeDepth[node] === last + 1);
  if (elsewhere >= 0) {
    const above = round.parent[elsewhere];
    return `drafted only after ${quote(round.text[above], round.bytes[above])}${choice}`;
  }
  const seen = children.filter((node) => round.state[node] !== 'pruned').length;
  const those = seen === 1 ? 'not the one token drafted here' : `not among the ${seen} tokens drafted here`;
  return those + choice;
}

function acceptedReason(round: ShownRound, node: number, run: RunFacts): string {
  const trial = trialClause(round, node, run);
  if (trial !== null) return `accepted: ${trial}`;
  if (!followsTarget(run)) return `accepted${byRule(run)}`;
  return round.draw[node] === null
    ? `accepted: it is ${greedyChoice(run)} here`
    : `accepted: the target drew it${underSampler(round.p_sampler[node])}`;
}

function rejectedReason(round: ShownRound, node: number, run: RunFacts): string {
  const trial = trialClause(round, node, run);
  if (trial !== null) return `rejected: ${trial}`;
  const at = round.nodeDepth[node] - 1;
  if (at >= round.emitted.length) return `rejected${byRule(run)}`;
  const { text, bytes, p } = round.emitted[at];
  const instead = quote(text, bytes) + (p === null ? '' : ` (p ${probability(p)})`);
  if (!followsTarget(run)) return `rejected${byRule(run)}: the text went on with ${instead}`;
  return round.draw[node] === null
    ? `rejected: ${greedyChoice(run)} here was ${instead}`
    : `rejected: the target drew ${instead}`;
}

/**
 * The trial of a node, for the rules that try each by its own numbers; null for other rules, and for a sibling of
 * an accepted node, which was not tried.
 */
function trialClause(round: ShownRound, node: number, run: RunFacts): string | null {
  const chance = round.chance[node];
  const draw = round.draw[node];
  if (run === null || chance === null || draw === null) return null;
  const passed = draw < chance;
  const numbers = `its random number ${probability(draw)} is ${passed ? 'below' : 'not below'} its chance ${probability(chance)}`;
  switch (run.acceptance.rule) {
    case 'speculativeSampling':
      return `${numbers}, min(1, p / q)${ofTheTwo(round, node)}`;
    case 'multiRound':
      return round.parent.indexOf(round.parent[node]) === node
        ? `${numbers}, min(1, p / q)${ofTheTwo(round, node)}`
        : `${numbers}, min(1, p / q) of what its rejected siblings left of both laws`;
    case 'block':
      return passed === (round.state[node] === 'accepted')
        ? `${numbers} in the block`
        : `${numbers}, but a token further down passed, and the block is kept up to there`;
    default:
      return null;
  }
}

function ofTheTwo(round: ShownRound, node: number): string {
  const [p, q] = [round.p_sampler[node], round.q[node]];
  return p === null || q === null ? '' : ` = min(1, ${probability(p)} / ${probability(q)})`;
}

/** Whether the rule lets the target choose at each node and follows it: only then is its draw a choice of a token. */
function followsTarget(run: RunFacts): run is NonNullable<RunFacts> {
  return run?.acceptance.rule === 'greedy' || run?.acceptance.rule === 'sampled';
}

function notReachedReason(round: ShownRound, node: number): string {
  for (let above = round.parent[node]; above >= 0; above = round.parent[above]) {
    if (round.state[above] === 'rejected') {
      return `not reached: ${quote(round.text[above], round.bytes[above])} before it was rejected`;
    }
    if (round.state[above] === 'pruned') {
      return `not reached: ${quote(round.text[above], round.bytes[above])} before it was pruned`;
    }
  }
  return round.endKind === 'none'
    ? 'not reached: the text ended before it'
    : 'not reached: the walk ended before it';
}

/** The node the end token hangs from, -1 for the root token. */
export function lastAccepted(round: ShownRound): number {
  return round.accepted_path.at(-1) ?? -1;
}

function choiceClause(round: ShownRound, at: number, run: RunFacts): string {
  if (run === null) return '';
  const { p } = round.emitted[at];
  const shown = p === null ? '' : ` (p ${probability(p)})`;
  if (run.sampler.temperature === 0) return `, ${greedyChoice(run)}${shown}`;
  return shown;
}

/** With a repetition penalty the choice is not the most likely token of the target's own law. */
function greedyChoice(run: NonNullable<RunFacts>): string {
  return run.sampler.repetitionPenalty === 1
    ? "the target's most likely token"
    : "the target's most likely token after the repetition penalty";
}

function byRule(run: RunFacts): string {
  return run === null ? '' : ` by the rule ${run.acceptance.rule}`;
}

function underSampler(p: number | null): string {
  return p === null ? '' : ` (p ${probability(p)} under the sampler)`;
}
