import type { Round, TraceHeader } from './schema';

/** Lanes of the exported trace, in the order in which they are shown. The number is the lane's thread id. */
export const LANES = { generation: 1, draft: 2, verify: 3, sample: 4, commit: 5 } as const;
type Lane = keyof typeof LANES;

/** The phases of a round, in the order in which they run. */
const PHASES = ['draft', 'verify', 'sample', 'commit'] as const;

/** Draftscope is the only process of its traces. */
const PROCESS = 1;

/** The part of the Trace Event Format that Perfetto and speedscope both read. Times in microseconds. */
export type TraceEvent =
  | { ph: 'M'; name: string; pid: number; tid: number; args: Record<string, string | number> }
  | {
      ph: 'X';
      name: string;
      cat: string;
      pid: number;
      tid: number;
      ts: number;
      dur: number;
      args: Record<string, unknown>;
    }
  | { ph: 'C'; name: string; pid: number; tid: number; ts: number; args: Record<string, number> };

export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
  readonly otherData: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A trace as Chrome Trace Event JSON, for Perfetto, speedscope and whatever else reads that.
 *
 * The lane `generation` holds the whole run, in it the prefill and the rounds; each phase has a lane of its
 * own. A round's record gives the phases' durations and not their starts, so they are laid out in the order
 * in which they run, from the start of the round; what they leave of it is the time between them. Spans
 * (complete events, the one kind that both viewers read) are strictly nested within a lane: speedscope needs
 * that, and Perfetto moves what overlaps out of its lane. Durations are the trace's own; a span whose recorded
 * start lies before the end of the one ahead of it begins at that end. Phases that took no time are left out.
 */
export function chromeTrace(header: TraceHeader, rounds: readonly Round[]): ChromeTrace {
  const events: TraceEvent[] = [];
  const prefill = nanoseconds(header.prefill.t_us);
  // The prefill's start is not recorded; it ended when the first round began.
  const begin = Math.max(0, nanoseconds(rounds.at(0)?.start_us ?? 0) - prefill);
  let cursor = begin + prefill;
  if (prefill > 0) {
    events.push(
      span('prefill', 'generation', begin, prefill, {
        tokens: header.prompt.tokens.length - header.prefill.reused,
        reused: header.prefill.reused,
      }),
    );
  }
  for (const round of rounds) {
    const start = Math.max(nanoseconds(round.start_us), cursor);
    const phases = PHASES.reduce((sum, phase) => sum + nanoseconds(round.t_us[phase]), 0);
    cursor = start + Math.max(nanoseconds(round.t_us.total), phases);
    events.push(...roundEvents(round, start, cursor));
  }
  const whole = span('generation', 'generation', begin, cursor - begin, {
    rounds: rounds.length,
    tokens: rounds.reduce((sum, { emitted }) => sum + emitted.length, 0),
    promptTokens: header.prompt.tokens.length,
  });
  return {
    traceEvents: [...names(header), whole, ...events],
    displayTimeUnit: 'ms',
    otherData: {
      draftscope: header.versions.draftscope,
      created: header.created,
      model: header.model.name,
      weights: header.weights,
      provider: header.provider,
      threads: header.threads,
      drafter: header.drafter.id,
      acceptance: header.acceptance.rule,
      lossless: header.acceptance.lossless,
      temperature: header.sampler.temperature,
      seed: header.sampler.seed,
    },
  };
}

function roundEvents(round: Round, start: number, end: number): TraceEvent[] {
  const count = (state: string) => round.state.filter((s) => s === state).length;
  const nodes = {
    drafted: round.state.length,
    accepted: count('accepted'),
    rejected: count('rejected'),
    notReached: count('notReached'),
    pruned: count('pruned'),
  };
  const args: Record<(typeof PHASES)[number], Record<string, unknown>> = {
    draft: { nodes: round.state.length, budget: round.budget.nodes, policy: round.budget.policy },
    // The root token is a row of the target's forward too; pruned nodes are not.
    verify: { rows: 1 + round.state.length - nodes.pruned },
    sample: { tokens: round.emitted.length },
    commit: { rows: round.kv.after - round.kv.before },
  };
  const events: TraceEvent[] = [
    span(`round ${round.index}`, 'generation', start, end - start, {
      ...nodes,
      emitted: round.emitted.length,
      end: round.end.kind,
      text: round.emitted_text.join(''),
      kvBefore: round.kv.before,
      kvAfter: round.kv.after,
    }),
  ];
  let at = start;
  for (const phase of PHASES) {
    const duration = nanoseconds(round.t_us[phase]);
    if (duration > 0) events.push(span(phase, phase, at, duration, { round: round.index, ...args[phase] }));
    at += duration;
  }
  events.push(counter('accept_len', end, round.emitted.length));
  if (end > start) events.push(counter('tok_per_s', end, (round.emitted.length * 1e9) / (end - start)));
  events.push(counter('kv_tokens', end, round.kv.after));
  return events;
}

function names(header: TraceHeader): TraceEvent[] {
  const meta = (name: string, tid: number, args: Record<string, string | number>): TraceEvent => ({
    ph: 'M',
    name,
    pid: PROCESS,
    tid,
    args,
  });
  return [
    meta('process_name', LANES.generation, {
      name: `Draftscope: ${header.model.name}, ${header.drafter.name}`,
    }),
    ...Object.entries(LANES).flatMap(([name, tid]) => [
      meta('thread_name', tid, { name }),
      meta('thread_sort_index', tid, { sort_index: tid }),
    ]),
  ];
}

/** Whole nanoseconds, the viewers' own resolution: sums are then exact and neighbours never overlap. */
function nanoseconds(microseconds: number): number {
  return Math.round(microseconds * 1000);
}

function span(
  name: string,
  lane: Lane,
  start: number,
  duration: number,
  args: Record<string, unknown>,
): TraceEvent {
  return {
    ph: 'X',
    name,
    cat: 'draftscope',
    pid: PROCESS,
    tid: LANES[lane],
    ts: start / 1000,
    dur: duration / 1000,
    args,
  };
}

function counter(name: string, at: number, value: number): TraceEvent {
  return { ph: 'C', name, pid: PROCESS, tid: LANES.generation, ts: at / 1000, args: { [name]: value } };
}
