import assert from 'node:assert/strict';
import type { Trace } from '../../../../src/trace/parse';
import { htmlReport } from '../../../../src/trace/report/htmlReport';
import type { Round } from '../../../../src/trace/schema';
import { finish } from '../../../../src/trace/steps';
import { recount } from '../../../../src/trace/summary';
import { chainAlong, countingText, plannedRun } from '../../../support/runs';
import { sampleTrace } from '../../../support/sampleTrace';

const traceOf = (run: Pick<Trace, 'header' | 'rounds'>): Trace => ({
  ...run,
  counts: recount(run.header, run.rounds),
  doubts: [],
  laterVersion: null,
  summary: null,
  truncated: true,
  reason: 'the file ends after its last round',
});

const text = countingText(80);
const run = plannedRun({
  text,
  draft: (offset) => ((offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, 4, 2)),
});

const reportOf = (trace: Trace, name: string) => finish(htmlReport(trace, name));

/** Opening and closing tags in order, the style sheet's text left out. */
const tagsOf = (page: string) => page.match(/<[^>]*>/g) ?? [];

describe('htmlReport', () => {
  it('holds the findings, drawings, formulas and every token of the text', () => {
    const page = reportOf(traceOf(run), 'run.spectrace.jsonl');
    for (const part of [
      'Why is it not faster here?',
      'v(T)',
      'SGLang spec_accept_rate',
      'The trace is not whole',
    ]) {
      assert.ok(page.includes(part), part);
    }
    assert.equal(page.match(/<svg /g)?.length, 5);
    const spans = page.match(/<span class="(accepted|bonus|correction)" title/g) ?? [];
    assert.equal(spans.length, text.length);
    assert.ok(!/NaN|Infinity|undefined|\[object/.test(page));
  });

  it('has no script, refers to nothing outside, and forbids both', () => {
    const page = reportOf(traceOf(run), 'run');
    assert.match(page, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
    assert.ok(!/<script|<iframe|<object|<link|<img|\son\w+=|https?:|url\(|@import/i.test(page));
  });

  it('shows what tokens hold, and lets none of it become markup', () => {
    const hostile = `</span><script>alert(1)</script>"'&<img src=x onerror=y>\u202e\u0000\u2028`;
    const harmless = 'x';
    const { header, rounds } = sampleTrace();
    const withText = (value: string): Trace => {
      const marked: Round[] = rounds.map((round) => ({
        ...round,
        emitted_text: round.emitted_text.map(() => value),
      }));
      const named = { ...header, model: { ...header.model, name: value }, created: value };
      return traceOf({ header: named, rounds: marked });
    };
    const page = reportOf(withText(hostile), hostile);
    assert.deepEqual(tagsOf(page), tagsOf(reportOf(withText(harmless), harmless)));
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;'));
    assert.ok(page.includes('[U+202E][U+0000][U+2028]'));
  });

  it('is written of a trace without a round, and of one that tells no cost', () => {
    const { header, rounds } = sampleTrace();
    assert.match(reportOf(traceOf({ header, rounds: [] }), 't'), /holds no round/);
    assert.match(reportOf(traceOf({ header, rounds: rounds.slice(0, 1) }), 't'), /holds 1 round only/);
  });

  it('says how much of a long text it leaves out', () => {
    const long = plannedRun({ text: countingText(20_003), draft: () => [], header: {} });
    assert.match(reportOf(traceOf(long), 't'), /3 more tokens are not shown\./);
  });

  it('gives others their turn while the text of a long run is marked', () => {
    const turnsOf = (tokens: number) => {
      const { header, rounds } = plannedRun({ text: countingText(tokens), draft: () => [], header: {} });
      let turns = 0;
      for (const steps = htmlReport(traceOf({ header, rounds }), 't'); steps.next().done !== true;) turns++;
      return turns;
    };
    // A turn for 32 rounds at least: of the analysis, and of the text again.
    assert.ok(turnsOf(1064) - turnsOf(40) >= (2 * 1024) / 32);
  });
});
