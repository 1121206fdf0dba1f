import { childrenOf } from '../decoding/draftTree';
import { plural, t } from '../l10n';
import { draftRank } from './roundFacts';
import type { TraceHeader } from './schema';
import type { ShownRound } from './shownRound';
import { ordinal, probability, quote } from './labels';
import { counted } from './words';

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
      return t('pruned: cut by the budget of {0} before the target saw it', counted(round.budget, 'node'));
  }
}

/** The token that ended a round. */
export function endReason(round: ShownRound, run: RunFacts): string {
  const drawn = round.endKind === 'none' ? '' : choiceClause(round, round.emitted.length - 1, run);
  switch (round.endKind) {
    case 'bonus':
      return round.parent.length === 0
        ? t('plain step: nothing was drafted, and the target chose this token{0}', drawn)
        : t(
            'bonus: the draft on this path was accepted to its end, so the same forward gave one token more{0}',
            drawn,
          );
    case 'correction': {
      const drafted = childrenOf(round, lastAccepted(round)).length;
      return round.chance.every((chance) => chance === null)
        ? plural(
            drafted,
            'correction: the target chose this instead of the token drafted here{1}',
            'correction: the target chose this instead of the {0} tokens drafted here{1}',
            drawn,
          )
        : plural(
            drafted,
            "correction: drawn from what the target's law has more of than the drafter's, after the token drafted here failed{1}",
            "correction: drawn from what the target's law has more of than the drafter's, after the {0} tokens drafted here failed{1}",
            drawn,
          );
    }
    case 'none':
      return t('the text ended inside the draft, so no token more was needed');
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
  return [t('target wanted {0}{1}', chosen, p === null ? '' : ` (p ${probability(p)})`), whereItWas(round)];
}

/** Where the draft had the wanted token, if anywhere, and how the target ranked it. */
function whereItWas(round: ShownRound): string {
  const last = round.emitted.length - 1;
  const { token } = round.emitted[last];
  const children = childrenOf(round, lastAccepted(round));
  const rank = round.endRank ?? 1;
  const choice = rank > 1 ? t('; its {0} choice', ordinal(rank)) : '';

  const drafted = draftRank(round, lastAccepted(round), token);
  if (drafted !== null) {
    return t('rank {0} in the draft and outside the tree: cut by the budget{1}', drafted.rank, choice);
  }
  const elsewhere = round.token.findIndex((id, node) => id === token && round.nodeDepth[node] === last + 1);
  if (elsewhere >= 0) {
    const above = round.parent[elsewhere];
    return t('drafted only after {0}{1}', quote(round.text[above], round.bytes[above]), choice);
  }
  const seen = children.filter((node) => round.state[node] !== 'pruned').length;
  return plural(seen, 'not the one token drafted here', 'not among the {0} tokens drafted here') + choice;
}

function acceptedReason(round: ShownRound, node: number, run: RunFacts): string {
  const trial = trialClause(round, node, run);
  if (trial !== null) return t('accepted: {0}', trial);
  if (!followsTarget(run)) return t('accepted{0}', byRule(run));
  return round.draw[node] === null
    ? t('accepted: it is {0} here', greedyChoice(run))
    : t('accepted: the target drew it{0}', underSampler(round.p_sampler[node]));
}

function rejectedReason(round: ShownRound, node: number, run: RunFacts): string {
  const trial = trialClause(round, node, run);
  if (trial !== null) return t('rejected: {0}', trial);
  const at = round.nodeDepth[node] - 1;
  if (at >= round.emitted.length) return t('rejected{0}', byRule(run));
  const { text, bytes, p } = round.emitted[at];
  const instead = quote(text, bytes) + (p === null ? '' : ` (p ${probability(p)})`);
  if (!followsTarget(run)) return t('rejected{0}: the text went on with {1}', byRule(run), instead);
  return round.draw[node] === null
    ? t('rejected: {0} here was {1}', greedyChoice(run), instead)
    : t('rejected: the target drew {0}', instead);
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
  const numbers = passed
    ? t('its random number {0} is below its chance {1}', probability(draw), probability(chance))
    : t('its random number {0} is not below its chance {1}', probability(draw), probability(chance));
  switch (run.acceptance.rule) {
    case 'speculativeSampling':
      return t('{0}, min(1, p / q){1}', numbers, ofTheTwo(round, node));
    case 'multiRound':
      return round.parent.indexOf(round.parent[node]) === node
        ? t('{0}, min(1, p / q){1}', numbers, ofTheTwo(round, node))
        : t('{0}, min(1, p / q) of what its rejected siblings left of both laws', numbers);
    case 'block':
      return passed === (round.state[node] === 'accepted')
        ? t('{0} in the block', numbers)
        : t('{0}, but a token further down passed, and the block is kept up to there', numbers);
    default:
      return null;
  }
}

function ofTheTwo(round: ShownRound, node: number): string {
  const [p, q] = [round.p_sampler[node], round.q[node]];
  return p === null || q === null ? '' : t(' = min(1, {0} / {1})', probability(p), probability(q));
}

/** Whether the rule lets the target choose at each node and follows it: only then is its draw a choice of a token. */
function followsTarget(run: RunFacts): run is NonNullable<RunFacts> {
  return run?.acceptance.rule === 'greedy' || run?.acceptance.rule === 'sampled';
}

function notReachedReason(round: ShownRound, node: number): string {
  for (let above = round.parent[node]; above >= 0; above = round.parent[above]) {
    if (round.state[above] === 'rejected') {
      return t('not reached: {0} before it was rejected', quote(round.text[above], round.bytes[above]));
    }
    if (round.state[above] === 'pruned') {
      return t('not reached: {0} before it was pruned', quote(round.text[above], round.bytes[above]));
    }
  }
  return round.endKind === 'none'
    ? t('not reached: the text ended before it')
    : t('not reached: the walk ended before it');
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
    ? t("the target's most likely token")
    : t("the target's most likely token after the repetition penalty");
}

function byRule(run: RunFacts): string {
  return run === null ? '' : t(' by the rule {0}', run.acceptance.rule);
}

function underSampler(p: number | null): string {
  return p === null ? '' : t(' (p {0} under the sampler)', probability(p));
}
