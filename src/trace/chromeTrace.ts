import type { NodeState } from '../decoding/walk';
import { extentSentence } from './extent';
import type { Round, TraceHeader } from './schema';

/** Lanes of the exported trace, in the order in which they are shown. The number is the lane's thread id. */
export const LANES = { generation: 1, draft: 2, verify: 3, sample: 4, commit: 5 } as const;
type Lane = keyof typeof LANES;

/** The phases of a round, in the order in which they run. */
const PHASES = ['draft', 'verify', 'sample', 'commit'] as const;

/** Draftscope is the only process of its traces. */
const PROCESS = 1;

/** The part of the Trace Event Format that Perfetto and speedscope both read. Times in microseconds. */
export type TraceEvent = { readonly pid: number; readonly tid: number; readonly name: string } & (
  | { readonly ph: 'M'; readonly args: Readonly<Record<string, string | number>> }
  | {
      readonly ph: 'B' | 'E';
      readonly ts: number;
      readonly args?: Readonly<Record<string, string | number>>;
    }
  | { readonly ph: 'C'; readonly ts: number; readonly args: Readonly<Record<string, number>> }
);

export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
  readonly otherData: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A trace as Chrome Trace Event JSON, for Perfetto, speedscope and whatever else reads that.
 *
 * The lane `generation` holds the whole run, in it the prefill and the rounds with their counts; each phase has
 * a lane of its own. A round's record gives the phases' durations and not their starts, so they are laid out in
 * the order in which they run, back from the end of the round; the rest of the round, in which the one before it
 * is written and shown, lies ahead of them. Durations are the trace's own; a span whose recorded start lies
 * before the end of the one ahead of it begins at that end. Phases that took no time are left out.
 *
 * Spans are strictly nested within a lane: speedscope needs that, and Perfetto moves what overlaps out of its
 * lane. They are written as begin and end events, so that one span's end and the next one's begin are the same
 * number: a start and a duration are added by the reader, whose rounding makes neighbours overlap. Events stand
 * in the order of time. Since speedscope knows a span by its name and its arguments, both of its events carry
 * them, and phases, which it can then add up, have none.
 *
 * @param of rounds of the run, of which `rounds` may be the beginning: then `otherData.about` says so
 */
export function chromeTrace(
  header: TraceHeader,
  rounds: readonly Round[],
  of: number = rounds.length,
): ChromeTrace {
  const promptTokens = header.prompt.tokens.length;
  const { reused, t_us } = header.prefill;
  const prefill = nanoseconds(t_us);
  // The prefill's start is not recorded; it ended when the first round began.
  const start = Math.max(0, nanoseconds(rounds.at(0)?.start_us ?? 0) - prefill);
  const events: TraceEvent[] = [];
  let cursor = start + prefill;
  if (prefill > 0) {
    events.push(...span('prefill', 'generation', start, cursor, { tokens: promptTokens - reused, reused }));
  }
  for (const round of rounds) {
    const from = Math.max(nanoseconds(round.start_us), cursor);
    cursor = from + Math.max(nanoseconds(round.t_us.total), phaseSum(round));
    events.push(...roundEvents(round, from, cursor));
  }
  const tokens = rounds.reduce((sum, { emitted }) => sum + emitted.length, 0);
  const counts = { rounds: rounds.length, tokens, promptTokens };
  const about = extentSentence({ rounds: rounds.length, of });
  return {
    traceEvents: [...names(header), ...span('generation', 'generation', start, cursor, counts, events)],
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
      ...(about === '' ? {} : { about }),
    },
  };
}

function roundEvents(round: Round, from: number, to: number): TraceEvent[] {
  const count = (state: NodeState) => round.state.filter((s) => s === state).length;
  const tokens = round.emitted.length;
  const counts = {
    drafted: round.state.length,
    accepted: count('accepted'),
    rejected: count('rejected'),
    notReached: count('notReached'),
    pruned: count('pruned'),
    emitted: tokens,
    end: round.end.kind,
    text: round.emitted_text.join(''),
    budget: round.budget.nodes,
    kvBefore: round.kv.before,
    kvAfter: round.kv.after,
  };
  const phases: TraceEvent[] = [];
  let at = to - phaseSum(round);
  for (const phase of PHASES) {
    const duration = nanoseconds(round.t_us[phase]);
    if (duration > 0) phases.push(...span(phase, phase, at, at + duration));
    at += duration;
  }
  return [
    ...span(`round ${round.index}`, 'generation', from, to, counts, phases),
    counter('accept_len', to, tokens),
    ...(to > from ? [counter('tok_per_s', to, (tokens * 1e9) / (to - from))] : []),
    counter('kv_tokens', to, round.kv.after),
  ];
}

function phaseSum(round: Round): number {
  return PHASES.reduce((sum, phase) => sum + nanoseconds(round.t_us[phase]), 0);
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

/** Whole nanoseconds, the viewers' own resolution: sums of them are exact. */
function nanoseconds(microseconds: number): number {
  return Math.round(microseconds * 1000);
}

/** A span's two events, with those of what happens meanwhile between them. */
function span(
  name: string,
  lane: Lane,
  from: number,
  to: number,
  args?: Record<string, string | number>,
  inside: readonly TraceEvent[] = [],
): TraceEvent[] {
  const event = { name, pid: PROCESS, tid: LANES[lane], ...(args === undefined ? {} : { args }) };
  return [{ ...event, ph: 'B', ts: from / 1000 }, ...inside, { ...event, ph: 'E', ts: to / 1000 }];
}

function counter(name: string, at: number, value: number): TraceEvent {
  return { ph: 'C', name, pid: PROCESS, tid: LANES.generation, ts: at / 1000, args: { [name]: value } };
}
