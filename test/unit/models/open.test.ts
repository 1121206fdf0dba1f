import assert from 'node:assert/strict';
import { openModel } from '../../../src/models/open';
import { ownEnvironment } from '../../support/environment';
import { FakeHub } from '../../support/fakeHub';
import { tinyLlama, writeGguf } from '../../support/ggufFile';
import { tinyModelFiles, writeFiles } from '../../support/huggingFaceFiles';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

describe('openModel', () => {
  const temporary = temporaryFolder();
  ownEnvironment(() => ({ DRAFTSCOPE_CACHE: temporary.file('cache'), HF_ENDPOINT: undefined }));

  async function nameOf(id: string): Promise<string> {
    const model = await openModel(id);
    await model.close();
    return model.name;
  }

  it('opens a GGUF file', async () => {
    assert.equal(await nameOf(writeGguf(temporary.file('Tiny.gguf'), tinyLlama())), 'Tiny');
  });

  it('opens a Hugging Face folder', async () => {
    assert.equal(await nameOf(writeFiles(temporary.file('Folder'), tinyModelFiles())), 'Folder');
  });

  it('opens a hub id', async () => {
    const hub = await FakeHub.start(tinyModelFiles(), []);
    process.env.HF_ENDPOINT = hub.endpoint;
    try {
      assert.equal(await nameOf('tester/tiny'), 'tester/tiny');
    } finally {
      await hub.stop();
    }
  });

  for (const id of ['nothing', './nothing.gguf', 'models/nothing.gguf', 'a/b/c', ''])
    it(`says so when there is no model ${JSON.stringify(id)}`, async () => {
      await assert.rejects(
        openModel(id),
        userError(
          'bad-file',
          `There is no model ${id}. Give a .gguf file, a Hugging Face folder, a hub id (owner/name), or default.`,
        ),
      );
    });

  it('opens nothing after it was cancelled', async () => {
    await assert.rejects(
      openModel('default', { signal: AbortSignal.abort() }),
      userError('cancelled', 'Cancelled.'),
    );
  });
});
