import { childrenOf } from '../src/decoding/draftTree';
import { t } from '../src/l10n';
import type { Round } from '../src/trace/schema';
import type { Item } from '../src/trace/item';
import { parentOf } from './keyboard';
import { draftRankWords, targetRankWords } from '../src/trace/ranks';
import { endReason, lastAccepted, nodeReason, wanted, type RunFacts } from '../src/trace/reasons';
import type { Mark } from './shapes';
import type { RoundHead, ShownRound } from '../src/trace/shownRound';
import { count, duration, hex, movedWords, probability, provenance, tokenLabel } from '../src/trace/labels';

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
  if (round.verified === 0) return 'plain step';
  return `${round.accepted} of ${round.verified} accepted`;
}

/** A round for a screen reader. */
export function roundSummary(round: ShownRound | RoundHead): string {
  const parts = [
    `${roundTally(round)}, ${duration(round.t_us.total)}`,
    `${count(round.committed, 'token')} more`,
  ];
  const missed = hasNodes(round) ? wanted(round) : null;
  if (missed !== null) parts.push(`${missed[0]}, ${missed[1]}`);
  return `Round ${round.index}: ${parts.join('; ')}.`;
}

function roundDetails(round: ShownRound | RoundHead, whole: Round | null): Details {
  return {
    mark: null,
    heading: `Round ${round.index}`,
    reason: roundSummary(round).replace(/^Round \d+: /, ''),
    facts: [['total', duration(round.t_us.total)], ...(whole === null ? [] : wholeFacts(whole))],
    candidates: [],
  };
}

function wholeFacts({ budget, kv, ...round }: Round): [string, string][] {
  return [
    ['budget', `${budget.nodes} nodes, depth ${budget.depth} (${budget.policy})`],
    ['because', budget.reason],
    ['cache', `${kv.before} → ${kv.after} rows`],
    ...movedFacts(round),
    ...fallbackFacts(round),
  ];
}

/** What a target on a device waited for; nothing moves on the CPU. */
function movedFacts({ moved }: Pick<Round, 'moved'>): [string, string][] {
  if (moved === undefined) return [];
  return [['moved', movedWords(moved)]];
}

/** Why the rounds from here on ran elsewhere. */
function fallbackFacts({ fallback }: Pick<Round, 'fallback'>): [string, string][] {
  if (fallback === undefined) return [];
  return [['from here', `on ${fallback.to}: ${fallback.from} failed (${fallback.reason})`]];
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
  facts.push(['p (target)', exact(round.p[node]) ?? 'not scored']);
  const processed = exact(round.p_sampler[node]);
  if (processed !== null) facts.push(['p under the sampler', processed]);
  facts.push(...targetRankFacts(whole, parent, round.token[node]));
  facts.push(['q (drafter)', exact(round.q[node]) ?? 'the drafter gives none']);
  facts.push([t('rank in the draft'), draftRankWords(round, parent, round.token[node])]);
  const draw = round.draw[node];
  if (draw !== null) facts.push(['draw', draw.toFixed(3)]);
  const chance = exact(round.chance[node]);
  if (chance !== null) facts.push(['chance', chance]);
  facts.push(['position', `${round.position + round.nodeDepth[node]} (depth ${round.nodeDepth[node]})`]);
  facts.push(['proposed by', provenance(round.source[node])]);
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
      ['p (target)', exact(p) ?? 'not recorded'],
      ...targetRankFacts(whole, lastAccepted(round), token),
      [t('rank in the draft'), draftRankWords(round, lastAccepted(round), token)],
      ['position', `${round.position + last + 1} (depth ${last + 1})`],
      ['chosen by', 'the target'],
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
    ['token id', String(id)],
    ['bytes', bytes === '' ? 'none' : hex(bytes)],
  ];
}

function exact(p: number | null): string | null {
  if (p === null) return null;
  return p >= 0.001 ? p.toFixed(3) : probability(p) === '0' ? '0' : p.toExponential(1);
}
