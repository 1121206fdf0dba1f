import assert from 'node:assert/strict';
import { headerFacts } from '../../../webview/facts';
import { statusLine } from '../../../webview/statusLine';
import { addRound, binColumns, EMPTY_TALLY, readings, stripColumn } from '../../../webview/tally';
import { header, rounds, summary } from '../../support/rounds';

const tally = rounds.reduce(addRound, EMPTY_TALLY);

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
  it('compare accepted length with drafted depth, pruned nodes left out', () => {
    assert.deepEqual(stripColumn(rounds[2]), { accepted: 1, drafted: 3 });
    assert.deepEqual(stripColumn(rounds[7]), { accepted: 2, drafted: 2 });
    assert.deepEqual(stripColumn(rounds[0]), { accepted: 0, drafted: 0 });
  });

  it('become means where rounds share one', () => {
    const columns = [1, 3, 5].map((n) => ({ accepted: n, drafted: 2 * n }));
    assert.deepEqual(binColumns(columns, 2), [
      { accepted: 2, drafted: 4 },
      { accepted: 5, drafted: 10 },
    ]);
  });
});

describe('the status line', () => {
  it('has a bar only while something is under way', () => {
    const progress = { phase: 'download' as const, message: 'Downloading', done: 3, total: 4 };
    assert.equal(statusLine({ kind: 'working', progress }, tally, null).progress, 0.75);
    assert.equal(
      statusLine({ kind: 'working', progress: { ...progress, total: null } }, tally, null).progress,
      null,
    );
    assert.equal(statusLine({ kind: 'generating' }, tally, null).progress, undefined);
  });

  it('says how the text ended', () => {
    assert.match(statusLine({ kind: 'finished' }, tally, summary).text, /: the model ended the text$/);
    assert.match(statusLine({ kind: 'finished' }, tally, null).text, /^\d+ tokens in 8 rounds/);
  });

  it('says what a device exchanged with the host in all, and nothing of it on the CPU', () => {
    const text = (change: Partial<typeof summary>) =>
      statusLine({ kind: 'finished' }, tally, { ...summary, ...change }).text;
    const moved = { to_device: 1200, from_device: 1 };
    assert.match(text({ moved }), /; 1,200 bytes to the device, 1 byte from it$/);
    const fallback = { round: 3, from: 'webgpu', to: 'cpu', reason: 'device lost' };
    assert.match(text({ moved, fallback }), /; webgpu failed in round 3$/);
    assert.doesNotMatch(text({}), /device/);
  });

  it('gives the reason of a cut record and what there is of it', () => {
    const { tone, text } = statusLine({ kind: 'truncated', reason: 'The engine stopped.' }, tally, null);
    assert.equal(tone, 'warning');
    assert.match(text, /^The engine stopped\. .*8 rounds\.$/);
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
