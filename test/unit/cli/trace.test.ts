import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run } from '../../../src/cli/run';
import { chromeTrace } from '../../../src/trace/chromeTrace';
import { summarise } from '../../../src/trace/summary';
import { TraceWriter } from '../../../src/trace/writer';
import { FakeIo } from '../../support/fakeIo';
import { assertGolden } from '../../support/golden';
import { roundsCsv } from '../../support/roundsCsv';
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

  it('says what a device exchanged with the host, by round and in all, and that it failed', async () => {
    const on = {
      ...header,
      provider: 'webgpu',
      provider_choice: { wanted: 'auto', reason: 'the fastest here' },
    };
    const [first, ...others] = rounds.map((round) => ({
      ...round,
      moved: { to_device: 1024 * (round.index + 1), from_device: 512 },
    }));
    const fallback = { from: 'webgpu', to: 'cpu', reason: 'device lost' };
    file = folder.file('device.spectrace.jsonl');
    const writer = TraceWriter.create(file, on);
    for (const round of [first, ...others.slice(0, -1), { ...others[others.length - 1], fallback }]) {
      writer.round(round);
    }
    writer.close();
    assert.equal(await trace(file), 0);
    assert.match(io.out, /^Provider auto: the fastest here$/m);
    assert.match(io.out, /^From round 3 on it ran on cpu: webgpu failed \(device lost\)$/m);
    const moved =
      '2.5 KiB to the device, 512 B from it a round; in all 10.0 KiB to the device, 2.0 KiB from it';
    assert.match(io.out, new RegExp(`^Moved +${moved}$`, 'm'));
  });

  it('says why the weights are these, where they were chosen', async () => {
    const weights_choice = { wanted: 'auto', reason: 'the fastest here' };
    const text = fs.readFileSync(file, 'utf8').split('\n').slice(1).join('\n');
    fs.writeFileSync(file, `${JSON.stringify({ ...header, weights_choice })}\n${text}`);
    assert.equal(await trace(file), 0);
    assert.match(io.out, /\nWeights auto: the fastest here\n/);
  });

  it('says what is known of a trained head', async () => {
    const head = {
      ...{ kind: 'eagle', folder: 'mine', target: 'Sample', levels: 1, draftVocabulary: 32, licence: 'MIT' },
      files: [],
    };
    const drafter = { ...header.drafter, head };
    const text = fs.readFileSync(file, 'utf8').split('\n').slice(1).join('\n');
    fs.writeFileSync(file, `${JSON.stringify({ ...header, drafter })}\n${text}`);
    assert.equal(await trace(file), 0);
    assert.match(io.out, /\nHead eagle for Sample, 1 level, 32 tokens to choose from; head's licence MIT\n/);
  });

  it('prints the recomputed summary with --json, whatever the file says', async () => {
    const text = fs.readFileSync(file, 'utf8').replace('"tokens":8,', '"tokens":999,');
    assert.ok(text.includes('999'));
    fs.writeFileSync(file, text);
    assert.equal(await trace(file, '--json'), 0);
    assert.deepEqual(JSON.parse(io.out), { ...summary, truncated: false });
    assert.equal(
      io.err,
      `${file} contradicts itself. The summary says 999 for \`tokens\`, its rounds 8; the rounds count.\n`,
    );
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

  it('writes a table and a page, each into a new file', async () => {
    const [csv, html] = [folder.file('made', 'rounds.csv'), folder.file('made', 'run.html')];
    assert.equal(await trace(file, '--json', '--csv', csv, '--html', html), 0);
    assert.equal(io.err, `Wrote ${csv}, a line for each round.\nWrote ${html}. Open it in a browser.\n`);
    assert.equal(fs.readFileSync(csv, 'utf8'), roundsCsv(rounds));
    assert.match(fs.readFileSync(html, 'utf8'), /^<!doctype html>/);
  });

  it('lets nothing that a file holds steer the terminal', async () => {
    const name = 'x\u001b[2J\u009b1m\u202ey';
    const hostile = { ...header, model: { ...header.model, name } };
    const others = rounds.map((round) => ({ ...round, text: round.text.map(() => name) }));
    fs.writeFileSync(file, [hostile, ...others].map((line) => JSON.stringify(line)).join('\n'));
    for (const options of [[], ['--findings'], ['--statistics'], ['--compare', file]]) {
      assert.equal(await trace(file, ...options), 0);
    }
    assert.match(io.out, /x<001b>\[2J<009b>1m<202e>y/);
    fs.writeFileSync(file, JSON.stringify({ ...header, schema: `spectrace/${name}` }));
    assert.equal(await trace(file), 3);
    for (const char of name.replace(/\w/g, '').replace('[', '')) {
      assert.ok(!`${io.out}${io.err}`.includes(char), `U+${char.charCodeAt(0).toString(16)}`);
    }
  });

  it('reads what a later version wrote, and says so', async () => {
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('spectrace/1', 'spectrace/7'));
    assert.equal(await trace(file, '--json'), 0);
    assert.deepEqual(JSON.parse(io.out), { ...summary, truncated: false });
    assert.match(io.err, /: A later version wrote this trace \(spectrace\/7\): /);
  });

  it('says where a file contradicts itself, and goes on', async () => {
    const wrong = rounds.map((round) => ({ ...round, kv: { before: 90, after: 91 } }));
    fs.writeFileSync(file, [header, ...wrong, summary].map((line) => JSON.stringify(line)).join('\n'));
    assert.equal(await trace(file, '--json'), 0);
    assert.equal(
      io.err,
      `${file} contradicts itself. In round 0 the cache does not end where the root token stands, and so in 3 more rounds.\n`,
    );
  });

  it('says why it cannot export', async () => {
    assert.equal(await trace(file, '--chrome', `${file}/chrome.json`), 1);
    assert.match(io.err, /chrome\.json cannot be made, because part of its path is a file\./);
  });
});
