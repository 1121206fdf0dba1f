import assert from 'node:assert/strict';
import { chromeTrace, LANES, type TraceEvent } from '../../../src/trace/chromeTrace';
import { recount } from '../../../src/trace/summary';
import { sampleTrace } from '../../support/sampleTrace';

type Span = Extract<TraceEvent, { ph: 'X' }>;

describe('the Chrome trace', () => {
  const { header, rounds } = sampleTrace();
  const spansOf = (events: readonly TraceEvent[]) =>
    events.filter((event): event is Span => event.ph === 'X');
  /** Whole nanoseconds, so that sums are exact. */
  const ns = (us: number) => Math.round(us * 1000);

  function assertNested(events: readonly TraceEvent[]) {
    for (const tid of Object.values(LANES)) {
      const open: number[] = [];
      let last = 0;
      for (const { ts, dur } of spansOf(events).filter((span) => span.tid === tid)) {
        assert.ok(ns(ts) >= last, 'starts in order');
        last = ns(ts);
        while (open.length > 0 && open[open.length - 1] <= ns(ts)) open.pop();
        const end = ns(ts) + ns(dur);
        assert.ok(open.length === 0 || end <= open[open.length - 1], `lane ${tid} overlaps at ${ts}`);
        open.push(end);
      }
    }
  }

  it('reads as expected', () => {
    const { traceEvents } = chromeTrace(header, rounds);
    const lane = (tid: number) => Object.entries(LANES).find(([, id]) => id === tid)![0];
    const drawn = traceEvents
      .filter((event) => event.ph !== 'M')
      .map((event) =>
        event.ph === 'X'
          ? `${lane(event.tid)} ${event.name} ${event.ts}+${event.dur}`
          : `${event.name} @${event.ts} ${Math.round(event.args[event.name])}`,
      );
    assert.deepEqual(drawn, [
      'generation generation 0+21500',
      'generation prefill 0+5000',
      'generation round 0 5000+2300',
      'verify verify 5000+2000',
      'sample sample 7000+200',
      'commit commit 7200+50',
      'accept_len @7300 1',
      'tok_per_s @7300 435',
      'kv_tokens @7300 4',
      'generation round 1 7500+4500',
      'draft draft 7500+100',
      'verify verify 7600+4000',
      'sample sample 11600+300',
      'commit commit 11900+50',
      'accept_len @12000 3',
      'tok_per_s @12000 667',
      'kv_tokens @12000 7',
      'generation round 2 12250+4600.25',
      'draft draft 12250+150.5',
      'verify verify 12400.5+4000',
      'sample sample 16400.5+300',
      'commit commit 16700.5+50',
      'accept_len @16850.25 2',
      'tok_per_s @16850.25 435',
      'kv_tokens @16850.25 9',
      'generation round 3 17000+4500',
      'draft draft 17000+100',
      'verify verify 17100+4000',
      'sample sample 21100+300',
      'commit commit 21400+50',
      'accept_len @21500 2',
      'tok_per_s @21500 444',
      'kv_tokens @21500 11',
    ]);
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

  it('nests its spans, also when the clock of the record does not fit', () => {
    assertNested(chromeTrace(header, rounds).traceEvents);
    const crowded = rounds.map((round) => ({ ...round, start_us: 100, t_us: { ...round.t_us, total: 1 } }));
    const { traceEvents } = chromeTrace(header, crowded);
    assertNested(traceEvents);
    assert.ok(spansOf(traceEvents).every(({ ts }) => ts >= 0));
  });

  it('has the totals of the trace', () => {
    const spans = spansOf(chromeTrace(header, rounds).traceEvents);
    const { t_us: times, ...counts } = recount(header, rounds);
    const total = (chosen: Span[]) => chosen.reduce((sum, { dur }) => sum + ns(dur), 0);
    for (const phase of ['draft', 'verify', 'sample', 'commit', 'prefill'] as const) {
      assert.equal(total(spans.filter(({ name }) => name === phase)), ns(times[phase]), phase);
    }
    const roundSpans = spans.filter(({ name }) => name.startsWith('round '));
    assert.equal(total(roundSpans), ns(times.total));
    for (const count of ['drafted', 'accepted', 'rejected', 'notReached', 'pruned'] as const) {
      assert.equal(
        roundSpans.reduce((sum, { args }) => sum + Number(args[count]), 0),
        counts[count],
        count,
      );
    }
    assert.equal(
      roundSpans.reduce((sum, { args }) => sum + Number(args.emitted), 0),
      counts.tokens,
    );
  });

  it('of no round is a prefill alone', () => {
    assert.deepEqual(
      spansOf(chromeTrace(header, []).traceEvents).map(({ name, ts, dur }) => [name, ts, dur]),
      [
        ['generation', 0, 5000],
        ['prefill', 0, 5000],
      ],
    );
  });
});
