import assert from 'node:assert/strict';
import path from 'node:path';
import { run } from '../../../src/cli/run';
import { FakeIo } from '../../support/fakeIo';
import { temporaryCache } from '../../support/temporaryCache';

const TARGET = path.join('test', 'golden', 'heads', 'target');

describe('agreement', function () {
  this.timeout(60_000);
  temporaryCache();

  async function agreement(...options: string[]): Promise<FakeIo> {
    const io = new FakeIo();
    assert.equal(await run(['agreement', '--model', TARGET, ...options], io), 0, io.err);
    return io;
  }

  it('prints the share of fp32’s first choices that each form has, and a generation tells it then', async () => {
    const { out } = await agreement();
    const share = String.raw`the first choice is fp32's at [\d.]+ % of \d+ positions`;
    assert.match(out, new RegExp(`^file  ${share}\nint8  ${share}\n$`));
    const io = new FakeIo();
    const generate = ['generate', '--prompt', 'abc', '--raw', '--max-tokens', '2', '--provider', 'cpu'];
    assert.equal(await run([...generate, '--model', TARGET], io), 0, io.err);
    const [file] = out.split('\n');
    assert.ok(io.err.includes(`Agreement of file with fp32: ${file.slice('file  '.length)}.\n`), io.err);
  });

  it('prints the counts with --json', async () => {
    const { out } = await agreement('--json');
    const { file, int8 } = JSON.parse(out) as Record<string, { equal: number; positions: number }>;
    for (const { equal, positions } of [file, int8]) assert.ok(0 < equal && equal <= positions);
  });
});
