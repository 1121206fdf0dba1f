import assert from 'node:assert/strict';
import { headerFacts } from '../../../webview/facts';
import { statusLine } from '../../../webview/statusLine';
import { StripBins } from '../../../webview/stripBins';
import { addRounds, EMPTY_TALLY, readings } from '../../../webview/tally';
import { pushRound, roundColumns } from '../../../src/trace/roundColumns';
import { headFacts } from '../../../src/trace/runFacts';
import type { Round } from '../../../src/trace/schema';
import { header, longRun, rounds, summary } from '../../support/rounds';

const columnsOf = (some: readonly Round[]) => {
  const columns = roundColumns();
  for (const round of some) pushRound(columns, round);
  return columns;
};

const tally = addRounds(EMPTY_TALLY, columnsOf(rounds), 0, rounds.length);
const record = { tally, summary: null, note: '', unread: '' };

describe('the numbers of the header', () => {
  it('are the quotients that their formulas say', () => {
    const values = new Map(readings(tally).map(({ label, value }) => [label, value]));
    assert.equal(values.get('acceptance τ'), (tally.tokens / rounds.length).toFixed(2));
    assert.equal(values.get('tokens/s'), ((tally.tokens * 1e6) / tally.total).toFixed(1));
    const [, acceptance] = readings(tally);
    assert.ok(acceptance.formula.includes(`${tally.tokens} ÷ ${rounds.length}`));
  });

  it('are absent before the first round, not zero', () => {
    assert.deepEqual(
      readings(EMPTY_TALLY).map(({ value }) => value),
      ['–', '–', '–', '–'],
    );
  });
});

describe('the columns of the strip', () => {
  const binned = (some: readonly Round[], most: number) => {
    const bins = new StripBins();
    bins.update(columnsOf(some), most);
    return bins;
  };

  it('compare accepted length with drafted depth, pruned nodes left out', () => {
    const { columns } = binned(rounds, 100);
    assert.equal(columns.length, rounds.length);
    assert.deepEqual(columns[2], { accepted: 1, drafted: 3 });
    assert.deepEqual(columns[7], { accepted: 2, drafted: 2 });
    assert.deepEqual(columns[0], { accepted: 0, drafted: 0 });
  });

  it('become means where rounds share one, the last one of what is left', () => {
    const one = binned(rounds.slice(0, 7), 100).columns;
    const { columns, perColumn } = binned(rounds.slice(0, 7), 4);
    assert.equal(perColumn, 2);
    assert.equal(columns.length, 4);
    assert.equal(columns[1].drafted, (one[2].drafted + one[3].drafted) / 2);
    assert.deepEqual(columns[3], one[6]);
  });

  it('are the same whether rounds come one by one or all at once, for any width', () => {
    const run = longRun(100);
    const growing = new StripBins();
    const columns = roundColumns();
    for (const round of run) {
      pushRound(columns, round);
      growing.update(columns, 9);
    }
    assert.ok(growing.columns.length <= 9);
    assert.deepEqual(growing.columns, binned(run, 9).columns);
    growing.update(columns, 1000);
    assert.deepEqual(growing.columns, binned(run, 1000).columns);
    growing.update(columnsOf(run.slice(0, 3)), 1000);
    assert.equal(growing.columns.length, 3, 'another record');
  });
});

describe('the status line', () => {
  it('has a bar only while something is under way', () => {
    const progress = { phase: 'download' as const, message: 'Downloading', done: 3, total: 4 };
    assert.equal(statusLine({ ...record, status: { kind: 'working', progress } }).progress, 0.75);
    assert.equal(
      statusLine({ ...record, status: { kind: 'working', progress: { ...progress, total: null } } }).progress,
      null,
    );
    assert.equal(statusLine({ ...record, status: { kind: 'generating' } }).progress, undefined);
  });

  it('says how the text ended', () => {
    assert.match(
      statusLine({ ...record, summary, status: { kind: 'finished' } }).text,
      /: the model ended the text$/,
    );
    assert.match(statusLine({ ...record, status: { kind: 'finished' } }).text, /^\d+ tokens in 8 rounds/);
  });

  it('says what a device exchanged with the host in all, and nothing of it on the CPU', () => {
    const text = (change: Partial<typeof summary>) =>
      statusLine({ ...record, summary: { ...summary, ...change }, status: { kind: 'finished' } }).text;
    const moved = { to_device: 1200, from_device: 1 };
    assert.match(text({ moved }), /; 1,200 bytes to the device, 1 byte from it$/);
    const fallback = { round: 3, from: 'webgpu', to: 'cpu', reason: 'device lost' };
    assert.match(text({ moved, fallback }), /; webgpu failed in round 3$/);
    assert.doesNotMatch(text({}), /device/);
  });

  it('gives the reason of a cut record and what there is of it', () => {
    const status = { kind: 'truncated' as const, reason: 'The engine stopped.' };
    const { tone, text } = statusLine({ ...record, status });
    assert.equal(tone, 'warning');
    assert.match(text, /^The engine stopped\. .*8 rounds\.$/);
  });

  it('shows how far a file is read, which can be stopped', () => {
    const line = statusLine({ ...record, status: { kind: 'reading', done: 25, total: 100 } });
    assert.deepEqual([line.tone, line.progress], ['busy', 0.25]);
  });

  it('adds what is to be known besides, as a warning', () => {
    const finished = { ...record, status: { kind: 'finished' as const } };
    const { tone, text } = statusLine({ ...finished, note: 'A later version wrote it.' });
    assert.equal(tone, 'warning');
    assert.match(text, /^19 tokens in 8 rounds, .*\. A later version wrote it\.$/);
  });
});

describe('the facts of a run', () => {
  it('name what was set and leave out what was not', () => {
    const plain = new Map(headerFacts(header));
    assert.equal(plain.get('sampler'), 'temperature 0.8, seed 11');
    const cut = { ...header, sampler: { ...header.sampler, temperature: 0, topK: 40, minP: 0.05 } };
    assert.equal(new Map(headerFacts(cut)).get('sampler'), 'greedy, top-k 40, min-p 0.05');
    const lossy = { ...header, acceptance: { rule: 'typical', lossless: false } };
    assert.equal(new Map(headerFacts(lossy)).get('acceptance'), 'typical, lossy');
  });

  it('tell how far the weights agree with fp32, and what is known of a trained head', () => {
    assert.match(new Map(headerFacts(header)).get('agreement with fp32')!, /^not measured/);
    assert.equal(new Map(headerFacts({ ...header, weights: 'fp32' })).has('agreement with fp32'), false);
    const head = {
      ...{ kind: 'medusa', folder: 'mine', target: 'sample', levels: 3, draftVocabulary: 20, licence: 'MIT' },
      files: [],
    };
    const facts = headerFacts({ ...header, drafter: { ...header.drafter, head } });
    const at = facts.findIndex(([label]) => label === 'drafter');
    assert.deepEqual(facts.slice(at + 1, at + 3), headFacts(head));
  });

  it('say why the weights are these, where nobody asked for them by name', () => {
    const chosen = (wanted: string) => ({
      ...header,
      weights_choice: { wanted, reason: 'the fastest here' },
    });
    const because = (wanted: string) => new Map(headerFacts(chosen(wanted))).get('because');
    assert.equal(because('auto'), 'auto: the fastest here');
    assert.equal(because(header.weights), undefined);
  });
});
