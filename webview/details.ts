import { childrenOf } from '../src/decoding/draftTree';
import { decimal, t } from '../src/l10n';
import { budgetReason } from '../src/trace/budgetReason';
import type { Round } from '../src/trace/schema';
import type { Item } from '../src/trace/item';
import { parentOf } from './keyboard';
import { draftRankWords, targetRankWords } from '../src/trace/ranks';
import { endReason, lastAccepted, nodeReason, wanted, type RunFacts } from '../src/trace/reasons';
import type { Mark } from './shapes';
import type { RoundHead, ShownRound } from '../src/trace/shownRound';
import { duration, hex, movedWords, probability, provenance, tokenLabel } from '../src/trace/labels';
import { counted } from '../src/trace/words';

/** What a card says, apart from how it looks. */
export interface Details {
  readonly mark: Mark | null;
  readonly heading: string;
  /** Why, in one sentence. */
  readonly reason: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  /** The target's most probable tokens at this position; empty where they were not recorded. */
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  readonly label: string;
  readonly p: number;
  /** Whether the draft had it here. */
  readonly drafted: boolean;
  /** Whether the text went on with it. */
  readonly chosen: boolean;
}

/**
 * @param round with its nodes, or its head alone while they are not here
 * @param whole the round as the trace has it, null while it is not here: what it alone knows is left out
 */
export function detailsOf(
  round: ShownRound | RoundHead,
  whole: Round | null,
  item: Item,
  run: RunFacts,
): Details {
  if (item.at === 'round' || !hasNodes(round)) return roundDetails(round, whole);
  switch (item.at) {
    case 'node':
      return nodeDetails(round, whole, item, run);
    case 'end':
      return endDetails(round, whole, item, run);
  }
}

function hasNodes(round: ShownRound | RoundHead): round is ShownRound {
  return 'parent' in round;
}

/** A round in one clause: what was drafted and what became of it. */
export function roundTally(round: RoundHead): string {
  if (round.verified === 0) return t('plain step');
  return t('{0} of {1} accepted', round.accepted, round.verified);
}

/** A round for a screen reader. */
export function roundSummary(round: ShownRound | RoundHead): string {
  return t('Round {0}: {1}.', round.index, roundClauses(round));
}

/** What a round did, and what went wrong. */
function roundClauses(round: ShownRound | RoundHead): string {
  const parts = [
    `${roundTally(round)}, ${duration(round.t_us.total)}`,
    t('{0} more', counted(round.committed, 'token')),
  ];
  const missed = hasNodes(round) ? wanted(round) : null;
  if (missed !== null) parts.push(`${missed[0]}, ${missed[1]}`);
  return parts.join('; ');
}

function roundDetails(round: ShownRound | RoundHead, whole: Round | null): Details {
  return {
    mark: null,
    heading: t('Round {0}', round.index),
    reason: `${roundClauses(round)}.`,
    facts: [[t('total'), duration(round.t_us.total)], ...(whole === null ? [] : wholeFacts(whole))],
    candidates: [],
  };
}

function wholeFacts({ budget, kv, ...round }: Round): [string, string][] {
  return [
    [t('budget'), t('{0} nodes, depth {1} ({2})', budget.nodes, budget.depth, budget.policy)],
    [t('because'), budgetReason(budget)],
    [t('cache'), t('{0} → {1} rows', kv.before, kv.after)],
    ...movedFacts(round),
    ...fallbackFacts(round),
  ];
}

/** What a target on a device waited for; nothing moves on the CPU. */
function movedFacts({ moved }: Pick<Round, 'moved'>): [string, string][] {
  if (moved === undefined) return [];
  return [[t('moved'), movedWords(moved)]];
}

/** Why the rounds from here on ran elsewhere. */
function fallbackFacts({ fallback }: Pick<Round, 'fallback'>): [string, string][] {
  if (fallback === undefined) return [];
  return [[t('from here'), t('on {0}: {1} failed ({2})', fallback.to, fallback.from, fallback.reason)]];
}

function nodeDetails(
  round: ShownRound,
  whole: Round | null,
  item: Extract<Item, { at: 'node' }>,
  run: RunFacts,
): Details {
  const { node } = item;
  const facts = tokenFacts(round.token[node], round.bytes[node]);
  const parent = round.parent[node];
  facts.push([t('p (target)'), exact(round.p[node]) ?? t('not scored')]);
  const processed = exact(round.p_sampler[node]);
  if (processed !== null) facts.push([t('p under the sampler'), processed]);
  facts.push(...targetRankFacts(whole, parent, round.token[node]));
  facts.push([t('q (drafter)'), exact(round.q[node]) ?? t('the drafter gives none')]);
  facts.push([t('rank in the draft'), draftRankWords(round, parent, round.token[node])]);
  const draw = round.draw[node];
  if (draw !== null) facts.push([t('draw'), decimal(draw, 3)]);
  const chance = exact(round.chance[node]);
  if (chance !== null) facts.push([t('chance'), chance]);
  facts.push([
    t('position'),
    t('{0} (depth {1})', round.position + round.nodeDepth[node], round.nodeDepth[node]),
  ]);
  facts.push([t('proposed by'), provenance(round.source[node])]);
  return {
    mark: round.state[node],
    heading: tokenLabel(round.text[node], round.bytes[node]),
    reason: nodeReason(round, node, run),
    facts,
    candidates: whole === null ? [] : candidates(round, whole, item),
  };
}

function endDetails(
  round: ShownRound,
  whole: Round | null,
  item: Extract<Item, { at: 'end' }>,
  run: RunFacts,
): Details {
  const last = round.emitted.length - 1;
  const { token, text, bytes, p } = round.emitted[last];
  return {
    mark: round.endKind === 'correction' ? 'correction' : 'bonus',
    heading: tokenLabel(text, bytes),
    reason: endReason(round, run),
    facts: [
      ...tokenFacts(token, bytes),
      [t('p (target)'), exact(p) ?? t('not recorded')],
      ...targetRankFacts(whole, lastAccepted(round), token),
      [t('rank in the draft'), draftRankWords(round, lastAccepted(round), token)],
      [t('position'), t('{0} (depth {1})', round.position + last + 1, last + 1)],
      [t('chosen by'), t('the target')],
    ],
    candidates: whole === null ? [] : candidates(round, whole, item),
  };
}

function candidates(round: ShownRound, whole: Round, item: Exclude<Item, { at: 'round' }>): Candidate[] {
  const parent = parentOf(round, item);
  const top = whole.target_top.find((row) => row.row === parent + 1);
  if (top === undefined) return [];
  const drafted = childrenOf(round, parent).map((node) => round.token[node]);
  const depth = parent < 0 ? 0 : round.nodeDepth[parent];
  return top.token.map((token, i) => ({
    label: tokenLabel(top.text[i]),
    p: top.p[i],
    drafted: drafted.includes(token),
    chosen: round.emitted.at(depth)?.token === token,
  }));
}

function targetRankFacts(whole: Round | null, parent: number, token: number): [string, string][] {
  const rank = targetRankWords(whole, parent, token);
  return rank === null ? [] : [[t('rank for the target'), rank]];
}

function tokenFacts(id: number, bytes: string): [string, string][] {
  return [
    [t('token id'), String(id)],
    [t('bytes'), bytes === '' ? t('none') : hex(bytes)],
  ];
}

function exact(p: number | null): string | null {
  if (p === null) return null;
  return p >= 0.001 ? decimal(p, 3) : probability(p) === '0' ? '0' : p.toExponential(1);
}
