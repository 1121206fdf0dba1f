import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run } from '../../../src/cli/run';
import { chromeTrace } from '../../../src/trace/chromeTrace';
import { summarise } from '../../../src/trace/summary';
import { TraceWriter } from '../../../src/trace/writer';
import { FakeIo } from '../../support/fakeIo';
import { assertGolden } from '../../support/golden';
import { sampleTrace } from '../../support/sampleTrace';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('trace', () => {
  const folder = temporaryFolder();
  const { header, rounds } = sampleTrace();
  const summary = summarise(header, rounds, 'stop');
  let file = '';
  let io: FakeIo;
  const trace = (...options: string[]) => run(['trace', ...options], io);

  beforeEach(() => {
    io = new FakeIo();
    file = folder.file('run.spectrace.jsonl');
    const writer = TraceWriter.create(file, header);
    for (const round of rounds) writer.round(round);
    writer.finish(summary);
  });

  it('sums the trace up for people', async () => {
    assert.equal(await trace(file), 0);
    assertGolden('cli/trace.txt', io.out);
    assert.equal(io.err, '');
  });

  it('says why the weights are these, where they were chosen', async () => {
    const weights_choice = { wanted: 'auto', reason: 'the fastest here' };
    const text = fs.readFileSync(file, 'utf8').split('\n').slice(1).join('\n');
    fs.writeFileSync(file, `${JSON.stringify({ ...header, weights_choice })}\n${text}`);
    assert.equal(await trace(file), 0);
    assert.match(io.out, /\nWeights auto: the fastest here\n/);
  });

  it('prints the recomputed summary with --json, whatever the file says', async () => {
    const text = fs.readFileSync(file, 'utf8').replace('"tokens":8,', '"tokens":999,');
    assert.ok(text.includes('999'));
    fs.writeFileSync(file, text);
    assert.equal(await trace(file, '--json'), 0);
    assert.deepEqual(JSON.parse(io.out), { ...summary, truncated: false });
    assert.equal(io.err, '');
  });

  it('counts the rounds that are there in a file that was cut off', async () => {
    fs.truncateSync(file, fs.statSync(file).size - JSON.stringify(summary).length - 10);
    assert.equal(await trace(file, '--json'), 0);
    assert.deepEqual(JSON.parse(io.out), {
      ...summarise(header, rounds.slice(0, 3), 'stop'),
      finishReason: null,
      truncated: true,
    });
    assert.equal(
      io.err,
      `${file} is not whole: the file is cut off after round 2, inside line 5. The rounds that are there are counted.\n`,
    );
    io = new FakeIo();
    assert.equal(await trace(file), 0);
    assert.match(io.out, /finish reason unknown: cut off\n/);
  });

  it('has dashes for what a trace without a round does not say', async () => {
    fs.truncateSync(file, JSON.stringify(header).length + 1);
    assert.equal(await trace(file), 0);
    assertGolden('cli/trace-empty.txt', io.out);
  });

  it('exports a Chrome trace into a new file, never over one', async () => {
    const out = folder.file('made', 'chrome.json');
    assert.equal(await trace(file, '--json', '--chrome', out), 0);
    assert.equal(io.err, `Wrote ${out}. Open it in Perfetto or speedscope.\n`);
    const exported = fs.readFileSync(out, 'utf8');
    assert.deepEqual(JSON.parse(exported), chromeTrace(header, rounds));

    io = new FakeIo();
    assert.equal(await trace(file, '--chrome', out), 2);
    assert.equal(io.err, `draftscope: ${out} exists already. Choose another name, or move it away.\n`);
    assert.equal(fs.readFileSync(out, 'utf8'), exported);
  });

  it('says why it cannot export', async () => {
    assert.equal(await trace(file, '--chrome', `${file}/chrome.json`), 1);
    assert.match(io.err, /chrome\.json cannot be made, because part of its path is a file\./);
  });
});
