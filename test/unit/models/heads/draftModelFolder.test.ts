import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { DraftModelCard } from '../../../../src/models/heads/card';
import { openDraftModelFolder } from '../../../../src/models/heads/draftModelFolder';
import { findShippedDraftModel } from '../../../../src/models/heads/shippedHeads';
import type { Model } from '../../../../src/models/model';
import { draftModelFiles } from '../../../support/draftModelFiles';
import { ownCache } from '../../../support/environment';
import { sha256Of } from '../../../support/headFiles';
import { writeFiles } from '../../../support/huggingFaceFiles';
import { temporaryFolder } from '../../../support/temporaryFolder';
import { TINY, tinyModel } from '../../../support/tinyModel';
import { userError } from '../../../support/userError';

describe('a draft model’s folder', () => {
  const temporary = temporaryFolder();
  ownCache(() => temporary.file('cache'));
  const target = tinyModel({ embedding: 'Q8_0', linear: () => 'F32' });
  const other = { ...tinyModel({ embedding: 'Q8_0', linear: () => 'F32' }, 2), name: 'other' };
  const layers: Model = {
    ...tinyModel({ embedding: 'F32', linear: () => 'Q8_0' }, 3),
    config: { ...TINY, layers: 1 },
  };

  const write = async (change?: (card: DraftModelCard) => unknown, folder = temporary.file('draft')) =>
    writeFiles(folder, await draftModelFiles(layers, target, change));
  const refused = async (folder: string, ...[code, sentence]: Parameters<typeof userError>) =>
    assert.rejects(openDraftModelFolder(folder, target), userError(code, sentence));

  it('is its own layers, and the target’s for all else', async () => {
    const model = await openDraftModelFolder(await write(), target);
    assert.deepEqual(model.config, { ...TINY, layers: 1 });
    assert.equal(model.tokenizer, target.tokenizer);
    for (const name of ['model.layers.0.mlp.down_proj.weight', 'model.norm.weight']) {
      const { type, shape, bytes } = await model.tensor(name);
      const expected = await layers.tensor(name);
      assert.deepEqual({ type, shape }, { type: expected.type, shape: expected.shape });
      assert.deepEqual(Buffer.from(bytes), Buffer.from(expected.bytes));
    }
    assert.equal(
      await model.tensor('model.embed_tokens.weight'),
      await target.tensor('model.embed_tokens.weight'),
    );
    await model.close();
  });

  it('is made of its weights and of the target’s files: what is converted depends on both', async () => {
    const model = await openDraftModelFolder(await write(), target);
    await model.close();
    const [own, ...rest] = model.files;
    assert.equal(own.sha256, sha256Of(await readFile(own.path)));
    assert.deepEqual(rest, target.files);
  });

  it('is refused for another target', async () => {
    const folder = await write();
    await assert.rejects(
      openDraftModelFolder(folder, other),
      userError(
        'usage',
        /draft-model\.json was made for tiny, not for other: the weights differ .*\. Choose the model that it was made for/,
      ),
    );
  });

  it('is refused where there is none', () =>
    refused(
      temporary.file('nowhere'),
      'bad-file',
      new RegExp(`^There is no draft model in ${temporary.file('nowhere')}: it has no draft-model\\.json\\.`),
    ));

  it('is refused with a card that is none, naming the field', async () => {
    const wrong = /draft-model\.json is no card of a head or a draft model: files is not right\./;
    await refused(await write((card) => ({ ...card, files: {} })), 'bad-file', wrong);
    await refused(await write((card) => ({ ...card, decoderLayers: 0 })), 'bad-file', /decoderLayers is not/);
  });

  it('is refused with weights that were changed, and with those of other layers', async () => {
    const folder = await write((card) => ({ ...card, decoderLayers: 2 }));
    await refused(
      folder,
      'bad-file',
      /does not hold the weights of 2 layers: model\.layers\.1\.input_layernorm\.weight is not right\. Export/,
    );
    await write();
    const file = temporary.file('draft', 'draft-model.safetensors');
    const bytes = await readFile(file);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(file, bytes);
    await refused(folder, 'bad-file', /is not the file that the card beside it names: its content differs/);
    rmSync(file);
    await refused(folder, 'bad-file', new RegExp(`^There is no ${file}\\.`));
  });

  it('is found among those that come with the program by the target’s hashes', async () => {
    const shipped = temporary.file('heads');
    await write(
      (card) => ({ ...card, target: { ...card.target, files: other.files } }),
      temporary.file('heads', 'a'),
    );
    assert.equal(await findShippedDraftModel(shipped, target), null);
    const folder = await write(undefined, temporary.file('heads', 'b'));
    assert.equal(await findShippedDraftModel(shipped, target), folder);
  });
});
