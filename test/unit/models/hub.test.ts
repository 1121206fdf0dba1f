import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isHubId, openHubModel, type HubOptions } from '../../../src/models/hub';
import { ownEnvironment } from '../../support/environment';
import { FakeHub } from '../../support/fakeHub';
import { tinyModelFiles } from '../../support/huggingFaceFiles';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

const WEIGHTS = 'model.safetensors';

describe('openHubModel', () => {
  const temporary = temporaryFolder();
  const files: Record<string, Buffer> = {
    ...tinyModelFiles(),
    'README.md': Buffer.from('# Tiny'),
    'model.onnx': Buffer.alloc(10),
  };
  let hub: FakeHub;
  beforeEach(async () => {
    hub = await FakeHub.start(files, [WEIGHTS]);
  });
  afterEach(() => hub.stop());
  ownEnvironment(() => ({
    DRAFTSCOPE_CACHE: temporary.file('cache'),
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: undefined,
    HF_HUB_TOKEN: undefined,
    HUGGING_FACE_HUB_TOKEN: undefined,
  }));

  const snapshot = (...parts: string[]) => {
    const host = new URL(hub.endpoint).host.replace(':', '_');
    return temporary.file('cache', 'hub', host, 'tester--tiny', hub.commit, ...parts);
  };

  async function open(options: HubOptions = {}, id = hub.repo) {
    const model = await openHubModel(id, options);
    await model.close();
    return model;
  }

  it('downloads what the model needs and nothing else', async () => {
    const model = await open();
    assert.equal(model.id, 'tester/tiny');
    assert.equal(model.name, 'tester/tiny');
    assert.equal(model.config.hiddenSize, 8);
    assert.deepEqual(hub.downloads().sort(), Object.keys(tinyModelFiles()).sort());
    assert.deepEqual(readFileSync(snapshot(WEIGHTS)), files[WEIGHTS]);
  });

  it('reports how far all files are, to the last byte', async () => {
    const seen: { done: number; total: number | null }[] = [];
    await open({
      onProgress: ({ phase, done, total }) => phase === 'download' && seen.push({ done, total }),
    });
    const total = Object.values(tinyModelFiles()).reduce((sum, file) => sum + file.length, 0);
    assert.deepEqual(seen.at(-1), { done: total, total });
    assert.ok(seen.every(({ done }, i) => i === 0 || done >= seen[i - 1].done));
  });

  it('downloads nothing twice', async () => {
    await open();
    const before = hub.downloads().length;
    await open();
    assert.equal(hub.downloads().length, before);
  });

  it('asks nothing of the hub for a commit that is there', async () => {
    await open();
    const before = hub.requests.length;
    await open({}, `${hub.repo}@${hub.commit}`);
    assert.equal(hub.requests.length, before);
  });

  it('uses the last known commit while the hub cannot be reached', async () => {
    await open();
    await hub.stop();
    assert.equal((await open()).config.hiddenSize, 8);
  });

  it('fetches again what was deleted', async () => {
    await open();
    rmSync(snapshot('config.json'));
    await open();
    assert.deepEqual(hub.downloads().slice(-1), ['config.json']);
  });

  it('resumes within a run when the connection breaks', async () => {
    hub.trouble.set(WEIGHTS, { breakAfter: 1000, breaks: 2 });
    await open();
    assert.deepEqual(
      hub.downloads().filter((line) => line.startsWith(WEIGHTS)),
      [WEIGHTS, `${WEIGHTS} bytes=1000-`, `${WEIGHTS} bytes=2000-`],
    );
    assert.deepEqual(readFileSync(snapshot(WEIGHTS)), files[WEIGHTS]);
  });

  it('gives up when nothing comes any more, and the next run resumes', async () => {
    hub.trouble.set(WEIGHTS, { breakAfter: 0 });
    await assert.rejects(
      open(),
      userError(
        'network',
        /^model\.safetensors could not be downloaded: .+\. Check the connection and try again; what has arrived is kept\.$/,
      ),
    );
    hub.trouble.set(WEIGHTS, { breakAfter: 1500 });
    const controller = new AbortController();
    let start = 0;
    await assert.rejects(
      open({
        signal: controller.signal,
        onProgress: ({ message, done }) => {
          if (!message.endsWith(WEIGHTS)) return;
          start ||= done;
          if (done > start) controller.abort();
        },
      }),
      userError('cancelled', 'Cancelled.'),
    );
    assert.ok(!readdirSync(snapshot()).includes(WEIGHTS));

    hub.trouble.clear();
    const before = hub.downloads().length;
    await open();
    const [resumed] = hub.downloads().slice(before);
    assert.match(resumed, /^model\.safetensors bytes=[1-9]\d*-$/);
    assert.deepEqual(readFileSync(snapshot(WEIGHTS)), files[WEIGHTS]);
    assert.deepEqual(
      readdirSync(snapshot()).filter((name) => name.endsWith('.partial')),
      [],
    );
  });

  it('starts over when the server does not resume', async () => {
    hub.trouble.set(WEIGHTS, { breakAfter: 1000, breaks: 1, noRanges: true });
    await open();
    assert.deepEqual(readFileSync(snapshot(WEIGHTS)), files[WEIGHTS]);
  });

  for (const name of [WEIGHTS, 'config.json'])
    it(`refuses and removes a corrupted ${name}`, async () => {
      hub.trouble.set(name, { corrupt: true });
      await assert.rejects(
        open(),
        userError(
          'bad-file',
          `${name} arrived damaged (its hash is not the one the server gave) and was removed. Try again.`,
        ),
      );
      assert.deepEqual(
        readdirSync(snapshot()).filter((file) => file.startsWith(name)),
        [],
      );
      hub.trouble.clear();
      await open();
    });

  it('sends the token of the environment', async () => {
    process.env.HF_TOKEN = 'secret';
    await open();
    assert.deepEqual(new Set(hub.authorizations), new Set(['Bearer secret']));
  });

  it('sends no token where there is none', async () => {
    await open();
    assert.deepEqual(new Set(hub.authorizations), new Set([undefined]));
  });

  it('says so when there is no such model', async () => {
    await assert.rejects(
      open({}, 'tester/nothing'),
      userError('usage', `There is no model tester/nothing at ${hub.endpoint}. Check its name.`),
    );
  });

  it('says so when there is no such revision', async () => {
    await assert.rejects(
      open({}, 'tester/tiny@v9'),
      userError(
        'usage',
        `There is no model tester/tiny with the revision v9 at ${hub.endpoint}. Check its name.`,
      ),
    );
  });

  it('says so when a model is gated', async () => {
    hub.trouble.set('config.json', { status: 403 });
    await assert.rejects(
      open(),
      userError(
        'network',
        `${hub.endpoint} does not give access to tester/tiny: it does not exist, or is private or gated. Check its name, or set HF_TOKEN to a token that may read it.`,
      ),
    );
    assert.equal(hub.downloads().length, 1);
  });

  it('says so when the hub cannot be reached', async () => {
    const { endpoint } = hub;
    await hub.stop();
    await assert.rejects(
      open(),
      userError(
        'network',
        `The Hugging Face hub at ${endpoint} cannot be reached (ECONNREFUSED). Check the connection and HF_ENDPOINT, or choose a model on this machine.`,
      ),
    );
  });

  it('says so when the hub does not answer', async () => {
    hub.silent = true;
    await assert.rejects(
      open({ answerMs: 50 }),
      userError('network', /cannot be reached \(it does not answer\)\. Check the connection/),
    );
  });

  it('says so when something else than a hub answers', async () => {
    hub.nonsense = true;
    await assert.rejects(
      open(),
      userError('network', /cannot be reached \(it does not answer as a hub does\)\. Check the connection/),
    );
  });

  it('stops asking when it is cancelled', async () => {
    hub.silent = true;
    const controller = new AbortController();
    const opened = open({ signal: controller.signal });
    controller.abort();
    await assert.rejects(opened, userError('cancelled', 'Cancelled.'));
  });

  it('says so when HF_ENDPOINT is not an address', async () => {
    process.env.HF_ENDPOINT = 'nowhere';
    await assert.rejects(
      open(),
      userError('usage', 'HF_ENDPOINT is not an address: nowhere. Correct or unset it.'),
    );
  });
});

describe('openHubModel on an unsuitable repository', () => {
  const temporary = temporaryFolder();
  ownEnvironment(() => ({ DRAFTSCOPE_CACHE: temporary.file('cache'), HF_TOKEN: undefined }));

  const without = (name: string, more: Record<string, Buffer> = {}) => {
    const files: Record<string, Buffer> = {
      ...tinyModelFiles(),
      ...more,
    };
    delete files[name];
    return files;
  };
  const cases: [string, Record<string, Buffer>, string][] = [
    ['its tokenizer', without('tokenizer.json'), 'tester/tiny has no tokenizer.json. Choose another model.'],
    ['its weights', without(WEIGHTS), 'tester/tiny has no safetensors weights. Choose another model.'],
    [
      'its weights but has a GGUF file',
      without(WEIGHTS, { 'tiny.gguf': Buffer.alloc(4) }),
      'tester/tiny has no safetensors weights. Download one of its GGUF files and give its path.',
    ],
  ];
  for (const [what, files, sentence] of cases) {
    it(`says so when it lacks ${what}`, async () => {
      const hub = await FakeHub.start(files, []);
      process.env.HF_ENDPOINT = hub.endpoint;
      try {
        await assert.rejects(openHubModel('tester/tiny'), userError('unsupported', sentence));
        assert.deepEqual(hub.downloads(), []);
      } finally {
        delete process.env.HF_ENDPOINT;
        await hub.stop();
      }
    });
  }
});

describe('isHubId', () => {
  it('knows a hub id from a path', () => {
    for (const id of ['a/b', 'HuggingFaceTB/SmolLM2-135M-Instruct', 'a/b@main', 'a/b@refs/pr/1'])
      assert.ok(isHubId(id), id);
    for (const id of [
      'a',
      './a/b',
      '/a/b',
      'a/b/c',
      '../b',
      'a\\b',
      '~/b',
      'a/b@',
      path.join('a', '..', '..', 'b'),
    ])
      assert.ok(!isHubId(id), id);
  });
});
