import type { NodeState } from '../../src/decoding/walk';
import type { Round, TraceHeader } from '../../src/trace/schema';
import { sampleHeader } from './sampleTrace';

/**
 * Whole runs for tests of what is concluded from them: a text, and what was drafted of it at each round. The text
 * tells the verdicts; times are what the test says. Nothing is measured.
 */

/** A drafted token: its parent among the round's nodes, -1 for the root token. */
export interface PlannedNode {
  readonly parent: number;
  readonly token: number;
  readonly q?: number;
  /** Cut by the budget before the target saw it. */
  readonly pruned?: boolean;
}

export interface RunPlan {
  /** The tokens that the run commits. */
  readonly text: readonly number[];
  /** The draft at a place, from the tokens that stood before it. */
  readonly draft: (offset: number) => readonly PlannedNode[];
  /** Microseconds of a forward over so many rows. */
  readonly verify?: (rows: number) => number;
  readonly draftTime?: number;
  readonly sampleTime?: number;
  /** Microseconds of a round beside its phases. */
  readonly restTime?: number;
  readonly nodes?: number;
  readonly depth?: number;
  readonly policy?: string;
  /** The target's most probable tokens where it chose the text's token: those of its law, most probable first. */
  readonly top?: (token: number, offset: number) => readonly (readonly [token: number, p: number])[];
  readonly header?: Partial<TraceHeader>;
}

/** v(T) of a made-up machine: ten milliseconds, and a tenth of one more for each further row. */
export const CHEAP_ROWS = (rows: number): number => 10_000 + 100 * (rows - 1);

export function plannedRun(plan: RunPlan): { header: TraceHeader; rounds: Round[] } {
  const base = sampleHeader();
  const header: TraceHeader = {
    ...base,
    model: { ...base.model, vocabulary: 1000 },
    limits: { ...base.limits, maxTokens: 1000 },
    acceptance: { rule: 'greedy', lossless: true },
    sampler: { ...base.sampler, temperature: 0 },
    ...plan.header,
  };
  const rounds: Round[] = [];
  let position = header.prompt.tokens.length - 1;
  let root = header.prompt.tokens[position];
  let clock = header.prefill.t_us;
  for (let offset = 0; offset < plan.text.length;) {
    const round = plannedRound(plan, rounds.length, { token: root, position }, offset, clock);
    rounds.push(round);
    position += round.emitted.length;
    offset += round.emitted.length;
    root = round.emitted.at(-1)!;
    clock += round.t_us.total;
  }
  return { header, rounds };
}

function plannedRound(
  plan: RunPlan,
  index: number,
  root: Round['root'],
  offset: number,
  start_us: number,
): Round {
  const nodes = plan.draft(offset);
  const depth: number[] = [];
  for (const { parent } of nodes) depth.push(parent < 0 ? 1 : depth[parent] + 1);
  const path: number[] = [];
  for (let at = offset; at < plan.text.length; at++) {
    const above = path.at(-1) ?? -1;
    const next = nodes.findIndex(
      (node) => node.parent === above && node.token === plan.text[at] && node.pruned !== true,
    );
    if (next < 0) break;
    path.push(next);
  }
  const last = path.at(-1) ?? -1;
  const over = offset + path.length === plan.text.length;
  const endToken = over ? null : plan.text[offset + path.length];
  const hasChildren = nodes.some(({ parent, pruned }) => parent === last && pruned !== true);
  const reached = new Set([-1, ...path]);
  const state = nodes.map(({ parent, pruned }, node): NodeState => {
    if (pruned === true) return 'pruned';
    if (path.includes(node)) return 'accepted';
    return reached.has(parent) && !(over && parent === last) ? 'rejected' : 'notReached';
  });
  const emitted = [...path.map((node) => nodes[node].token), ...(endToken === null ? [] : [endToken])];
  const text = (token: number) => ` t${token}`;
  const bytes = (token: number) => Buffer.from(text(token)).toString('base64');
  const law = plan.top ?? ((token: number) => [[token, 0.95] as const, [999, 0.01] as const]);
  const tops = emitted.map((token, i) => law(token, offset + i));
  const rows = 1 + state.filter((one) => one !== 'pruned').length;
  const times = {
    draft: plan.draftTime ?? 100,
    verify: (plan.verify ?? CHEAP_ROWS)(rows),
    sample: plan.sampleTime ?? 50,
    commit: 50,
  };
  const total = times.draft + times.verify + times.sample + times.commit + (plan.restTime ?? 0);
  return {
    type: 'round',
    index,
    start_us,
    root,
    budget: {
      nodes: plan.nodes ?? 8,
      depth: plan.depth ?? 8,
      policy: plan.policy ?? 'fixed',
      reason: 'planned',
    },
    parent: nodes.map(({ parent }) => parent),
    token: nodes.map(({ token }) => token),
    bytes: nodes.map(({ token }) => bytes(token)),
    text: nodes.map(({ token }) => text(token)),
    depth,
    q: nodes.map(({ q }) => q ?? null),
    p: state.map((one) => (one === 'pruned' ? null : 0.5)),
    p_sampler: state.map(() => null),
    draw: state.map(() => null),
    state,
    source: nodes.map(() => 'suffix:3'),
    accepted_path: path,
    emitted,
    emitted_bytes: emitted.map(bytes),
    emitted_text: emitted.map(text),
    emitted_p: emitted.map((token, i) => tops[i].find(([one]) => one === token)?.[1] ?? null),
    end: { kind: over ? 'none' : hasChildren ? 'correction' : 'bonus', token: endToken },
    target_top: emitted.map((_, i) => ({
      row: i === 0 ? 0 : path[i - 1] + 1,
      token: tops[i].map(([token]) => token),
      text: tops[i].map(([token]) => text(token)),
      p: tops[i].map(([, p]) => p),
    })),
    t_us: { ...times, total },
    kv: { before: root.position, after: root.position + emitted.length },
  };
}

/** A chain of `length` nodes that follows the text for `right` tokens and then goes wrong. */
export function chainAlong(
  text: readonly number[],
  offset: number,
  length: number,
  right: number,
): PlannedNode[] {
  return Array.from({ length }, (_, i) => ({
    parent: i - 1,
    token: i < right && offset + i < text.length ? text[offset + i] : 900 + i,
  }));
}

/** Token ids that never repeat within a short text. */
export function countingText(length: number): number[] {
  return Array.from({ length }, (_, i) => 20 + (i % 800));
}
