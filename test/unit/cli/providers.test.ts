import assert from 'node:assert/strict';
import { fetchCudaCommand, listProviders } from '../../../src/cli/providers';
import type { ProbeRunner } from '../../../src/engine/probe';
import { ownCache, ownEnvironment } from '../../support/environment';
import { FakeIo } from '../../support/fakeIo';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

describe('providers', () => {
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
  // Which of the others this build of the runtime knows differs by platform; without it, nothing is tried, and
  // neither is CUDA without its libraries.
  const unknown = /ONNX Runtime .* does not have it|libonnxruntime_providers_cuda\.so is not there/;

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

describe('providers --fetch-cuda', () => {
  const folder = temporaryFolder();
  ownEnvironment(() => ({ DRAFTSCOPE_CACHE: folder.file('cache'), PATH: folder.file('nothing') }));
  before(function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') this.skip();
  });
  const refusal = userError('usage', 'Nothing was fetched. Add --yes to agree.');

  it('says what it would bring and stops, without the user’s word', async () => {
    const io = new FakeIo();
    await assert.rejects(fetchCudaCommand({ json: false, yes: false }, io), refusal);
    for (const word of ['onnxruntime-gpu==', 'MiB', 'SHA-256', 'MIT', 'CUDA 13', folder.file('cache')]) {
      assert.ok(io.out.includes(word), word);
    }
  });

  it('says the same as JSON', async () => {
    const io = new FakeIo();
    await assert.rejects(fetchCudaCommand({ json: true, yes: false }, io), refusal);
    assert.equal((JSON.parse(io.out) as { present: boolean }).present, false);
  });

  it('tries it with the user’s word', async () => {
    const io = new FakeIo();
    const fetching = fetchCudaCommand({ json: false, yes: true }, io);
    await assert.rejects(fetching, userError('network', /there is no Python 3 with pip/));
    assert.ok(io.deaf);
  });
});
