import assert from 'node:assert/strict';
import { listProviders } from '../../../src/cli/providers';
import type { ProbeRunner } from '../../../src/engine/probe';
import { ownCache } from '../../support/environment';
import { FakeIo } from '../../support/fakeIo';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('models --providers', () => {
  const folder = temporaryFolder();
  ownCache(() => folder.file());
  const works: ProbeRunner = () =>
    Promise.resolve({ kind: 'capabilities', capabilities: { forms: ['fp32'], trees: false } });
  const fails: ProbeRunner = () => Promise.resolve({ kind: 'failed', reason: 'it was ended by SIGSEGV' });
  const list = async (json: boolean, probe: ProbeRunner, again = false): Promise<string> => {
    const io = new FakeIo();
    assert.equal(await listProviders({ json, again, probe }, io), 0);
    return io.out;
  };
  // Which of the others this build of the runtime knows differs by platform; without it, nothing is tried.
  const unknown = /ONNX Runtime .* does not have it/;

  it('says what each provider can do', async () => {
    const lines = (await list(false, works)).trimEnd().split('\n');
    assert.equal(lines.length, 5);
    assert.equal(lines[0], 'cpu     works with fp32, file, int8 weights; trees');
    for (const line of lines.slice(1)) {
      assert.ok(unknown.test(line) || line.endsWith('works with fp32 weights; chains only'), line);
    }
  });

  it('says the same as JSON, and remembers it until it is to try again', async () => {
    type Reports = Record<string, { works: boolean; reason?: string }>;
    const read = async (...args: Parameters<typeof list>) => JSON.parse(await list(...args)) as Reports;
    const first = await read(true, fails);
    assert.deepEqual(Object.keys(first), ['cpu', 'webgpu', 'cuda', 'dml', 'coreml']);
    assert.deepEqual(first.cpu, { works: true, forms: ['fp32', 'file', 'int8'], trees: true });
    assert.deepEqual(await read(true, works), first);
    const again = await read(true, works, true);
    for (const [provider, { works: here, reason = '' }] of Object.entries(again)) {
      assert.ok(here || unknown.test(reason), provider);
    }
  });
});
