import type { Round } from '../src/trace/schema';
import type { Item } from './item';
import { parentOf } from './keyboard';
import { endReason, nodeReason, wanted, type RunFacts } from './reasons';
import type { Mark } from './shapes';
import { verifiedNodes } from './tally';
import { childrenOf } from './tree';
import { count, duration, hex, probability, provenance, tokenLabel } from './words';

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

export function detailsOf(round: Round, item: Item, run: RunFacts): Details {
  switch (item.at) {
    case 'round':
      return roundDetails(round);
    case 'node':
      return nodeDetails(round, item, run);
    case 'end':
      return endDetails(round, item, run);
  }
}

/** A round in one clause: what was drafted and what became of it. */
export function roundTally(round: Round): string {
  const drafted = verifiedNodes(round);
  if (drafted === 0) return 'plain step';
  return `${round.accepted_path.length} of ${drafted} accepted`;
}

/** A round for a screen reader. */
export function roundSummary(round: Round): string {
  const drafted = verifiedNodes(round);
  const parts = [
    drafted === 0 ? 'plain step' : `${drafted} drafted, ${round.accepted_path.length} accepted`,
    `${count(round.emitted.length, 'token')} in ${duration(round.t_us.total)}`,
  ];
  const missed = wanted(round);
  if (missed !== null) parts.push(`${missed[0]}, ${missed[1]}`);
  return `Round ${round.index}: ${parts.join('; ')}.`;
}

function roundDetails(round: Round): Details {
  const { draft, verify, sample, commit, total } = round.t_us;
  const other = Math.max(0, total - draft - verify - sample - commit);
  const share = (us: number) => (total > 0 ? ` (${Math.round((100 * us) / total)} %)` : '');
  return {
    mark: null,
    heading: `Round ${round.index}`,
    reason: roundSummary(round).replace(/^Round \d+: /, ''),
    facts: [
      ['draft', duration(draft) + share(draft)],
      ['verify', duration(verify) + share(verify)],
      ['sample', duration(sample)],
      ['commit', duration(commit)],
      ['other', duration(other)],
      ['total', duration(total)],
      ['budget', `${round.budget.nodes} nodes, depth ${round.budget.depth} (${round.budget.policy})`],
      ['because', round.budget.reason],
      ['cache', `${round.kv.before} → ${round.kv.after} rows`],
    ],
    candidates: [],
  };
}

function nodeDetails(round: Round, item: Extract<Item, { at: 'node' }>, run: RunFacts): Details {
  const { node } = item;
  const facts: [string, string][] = [['token', tokenFacts(round.token[node], round.bytes[node])]];
  facts.push(['p', exact(round.p[node]) ?? 'not scored']);
  facts.push(['q', exact(round.q[node]) ?? 'the drafter gives none']);
  const processed = exact(round.p_sampler[node]);
  if (processed !== null) facts.push(['p under the sampler', processed]);
  const draw = round.draw[node];
  if (draw !== null) facts.push(['draw', draw.toFixed(3)]);
  facts.push(['position', `${round.root.position + round.depth[node]} (depth ${round.depth[node]})`]);
  facts.push(['proposed by', provenance(round.source[node])]);
  return {
    mark: round.state[node],
    heading: tokenLabel(round.text[node], round.bytes[node]),
    reason: nodeReason(round, node, run),
    facts,
    candidates: candidates(round, item),
  };
}

function endDetails(round: Round, item: Extract<Item, { at: 'end' }>, run: RunFacts): Details {
  const last = round.emitted.length - 1;
  return {
    mark: round.end.kind === 'correction' ? 'correction' : 'bonus',
    heading: tokenLabel(round.emitted_text[last], round.emitted_bytes[last]),
    reason: endReason(round, run),
    facts: [
      ['token', tokenFacts(round.emitted[last], round.emitted_bytes[last])],
      ['p', exact(round.emitted_p[last]) ?? 'not recorded'],
      ['position', `${round.root.position + last + 1} (depth ${last + 1})`],
      ['chosen by', 'the target'],
    ],
    candidates: candidates(round, item),
  };
}

function candidates(round: Round, item: Exclude<Item, { at: 'round' }>): Candidate[] {
  const parent = parentOf(round, item);
  const top = round.target_top.find((row) => row.row === parent + 1);
  if (top === undefined) return [];
  const drafted = childrenOf(round, parent).map((node) => round.token[node]);
  const depth = parent < 0 ? 0 : round.depth[parent];
  return top.token.map((token, i) => ({
    label: tokenLabel(top.text[i]),
    p: top.p[i],
    drafted: drafted.includes(token),
    chosen: round.emitted.at(depth) === token,
  }));
}

/** `id 1234, bytes 20 64`. */
function tokenFacts(id: number, bytes: string): string {
  return `id ${id}${bytes === '' ? ', no bytes' : `, bytes ${hex(bytes)}`}`;
}

function exact(p: number | null): string | null {
  if (p === null) return null;
  return p >= 0.001 ? p.toFixed(3) : probability(p) === '0' ? '0' : p.toExponential(1);
}
