import assert from 'node:assert/strict';
import { chromeTrace, LANES, type TraceEvent } from '../../../src/trace/chromeTrace';
import { recount } from '../../../src/trace/summary';
import { assertGolden } from '../../support/golden';
import { sampleTrace } from '../../support/sampleTrace';

interface Span {
  readonly name: string;
  readonly tid: number;
  /** In whole nanoseconds, so that sums are exact. */
  readonly duration: number;
  readonly args: Readonly<Record<string, string | number>>;
}

/** The spans that a viewer reconstructs; fails where an end is not the one of the span begun last in its lane. */
function spansOf(events: readonly TraceEvent[]): Span[] {
  const spans: Span[] = [];
  const open = new Map<number, (TraceEvent & { ph: 'B' | 'E' })[]>();
  for (const event of events) {
    const stack = open.get(event.tid) ?? [];
    open.set(event.tid, stack);
    if (event.ph === 'B') stack.push(event);
    if (event.ph !== 'E') continue;
    const { name, ts, args = {} } = stack.pop() ?? assert.fail(`${event.name} ends before it begins`);
    // Speedscope tells by these two which span ends.
    assert.deepEqual([name, args], [event.name, event.args ?? {}]);
    spans.push({ name, tid: event.tid, duration: Math.round(event.ts * 1000) - Math.round(ts * 1000), args });
  }
  for (const stack of open.values()) assert.deepEqual(stack, [], 'a span does not end');
  return spans;
}

function assertInOrder(events: readonly TraceEvent[]): void {
  let last = 0;
  for (const event of events) {
    if (event.ph === 'M') continue;
    assert.ok(event.ts >= last, `${event.name} at ${event.ts} stands after ${last}`);
    last = event.ts;
  }
}

describe('the Chrome trace', () => {
  const { header, rounds } = sampleTrace();
  const lane = (tid: number) => Object.entries(LANES).find(([, id]) => id === tid)![0];

  it('reads as expected', () => {
    const lines = chromeTrace(header, rounds.slice(0, 3)).traceEvents.map((event) => {
      switch (event.ph) {
        case 'M':
          return `${event.name} of ${event.tid}: ${Object.values(event.args).join()}`;
        case 'C':
          return `${event.ts} ${event.name} = ${Math.round(event.args[event.name])}`;
        case 'B':
        case 'E':
          return `${event.ts} ${event.ph} ${lane(event.tid)}/${event.name}`;
      }
    });
    assertGolden('trace/chrome.txt', `${lines.join('\n')}\n`);
  });

  it('names the process and every lane', () => {
    const { traceEvents } = chromeTrace(header, rounds);
    const names = new Map<number, unknown>();
    for (const event of traceEvents) {
      if (event.ph === 'M' && event.name === 'thread_name') names.set(event.tid, event.args.name);
    }
    assert.deepEqual(
      [...names],
      Object.entries(LANES).map(([name, tid]) => [tid, name]),
    );
    const used = new Set(traceEvents.map((event) => event.tid));
    assert.deepEqual(
      [...used].filter((tid) => !names.has(tid)),
      [],
    );
  });

  it('nests its spans and keeps the order of time, also when the clock of the record does not fit', () => {
    const { traceEvents } = chromeTrace(header, rounds);
    assertInOrder(traceEvents);
    assert.equal(spansOf(traceEvents).length, 2 + 4 + 3 + 4 + 4 + 4);
    const crowded = rounds.map((round) => ({ ...round, start_us: 100, t_us: { ...round.t_us, total: 1 } }));
    const squeezed = chromeTrace(header, crowded).traceEvents;
    assertInOrder(squeezed);
    assert.equal(spansOf(squeezed).length, spansOf(traceEvents).length);
  });

  it('ends a span and begins the next one at the same number', () => {
    // 0.1 + 0.2 is not 0.3: a duration in place of an end would make these overlap.
    const dense = rounds.map((round, i) => ({
      ...round,
      start_us: 500_000.1 + i * 44_307.8,
      t_us: { draft: 0.1, verify: 44_307.3, sample: 0.2, commit: 0.2, total: 44_307.8 },
    }));
    const { traceEvents } = chromeTrace(header, dense);
    assertInOrder(traceEvents);
    spansOf(traceEvents);
    const times = traceEvents.flatMap((event) =>
      event.tid === LANES.generation && event.name.startsWith('round ') && 'ts' in event ? [event.ts] : [],
    );
    for (let i = 1; i < dense.length; i++) assert.equal(times[2 * i], times[2 * i - 1]);
  });

  it('has the totals of the trace', () => {
    const spans = spansOf(chromeTrace(header, rounds).traceEvents);
    const { t_us: times, ...counts } = recount(header, rounds);
    const total = (chosen: Span[]) => chosen.reduce((sum, { duration }) => sum + duration, 0);
    for (const phase of ['draft', 'verify', 'sample', 'commit', 'prefill'] as const) {
      assert.equal(total(spans.filter(({ name }) => name === phase)), Math.round(times[phase] * 1000), phase);
    }
    const roundSpans = spans.filter(({ name }) => name.startsWith('round '));
    assert.equal(total(roundSpans), Math.round(times.total * 1000));
    const sum = (arg: string) => roundSpans.reduce((all, { args }) => all + Number(args[arg]), 0);
    for (const count of ['drafted', 'accepted', 'rejected', 'notReached', 'pruned'] as const) {
      assert.equal(sum(count), counts[count], count);
    }
    assert.equal(sum('emitted'), counts.tokens);
  });

  it('of no round is a prefill alone', () => {
    assert.deepEqual(
      spansOf(chromeTrace(header, []).traceEvents).map(({ name, duration }) => [name, duration]),
      [
        ['prefill', 5_000_000],
        ['generation', 5_000_000],
      ],
    );
  });
});
