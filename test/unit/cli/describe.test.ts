import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { run } from '../../../src/cli/run';
import { FakeIo } from '../../support/fakeIo';
import { tinyModelFiles, TINY_CONFIG, writeFiles } from '../../support/huggingFaceFiles';
import { temporaryCache } from '../../support/temporaryCache';
import { temporaryFolder } from '../../support/temporaryFolder';
import { byteLevelTokenizerJson } from '../../support/tokenizers';

interface Description {
  readonly folder: string;
  readonly weightsFile: string;
  readonly index: { readonly entries: Record<string, { readonly offset: number; readonly length: number }> };
  readonly config: { readonly hiddenSize: number };
  readonly files: readonly { readonly name: string }[];
  readonly chat: unknown;
  readonly endTokens: readonly number[];
  readonly tokenizer: unknown;
}

describe('describe', () => {
  temporaryCache();
  const folder = temporaryFolder();

  async function describeModel(files = tinyModelFiles()) {
    const io = new FakeIo();
    const model = writeFiles(folder.file('tiny'), files);
    const code = await run(['describe', '--model', model, '--weights', 'fp32'], io);
    return { code, io };
  }

  it('tells a model’s shape, tokenizer and turns, and where its converted weights lie', async () => {
    const { code, io } = await describeModel();
    assert.equal(code, 0, io.err);
    const found = JSON.parse(io.out) as Description;
    assert.equal(found.config.hiddenSize, TINY_CONFIG.hidden_size);
    assert.deepEqual(found.chat, { open: '', answer: '<end>', next: '<end>' });
    assert.deepEqual(found.endTokens, [257]);
    assert.deepEqual(found.tokenizer, byteLevelTokenizerJson());
    assert.ok(found.files.some(({ name }) => name === 'model.safetensors'));
    // The weights count up from 0, so the entry can be found in the file.
    const weights = fs.readFileSync(path.join(found.folder, found.weightsFile));
    const { offset, length } = found.index.entries['model.norm.weight'];
    const norm = new Float32Array(weights.buffer.slice(weights.byteOffset + offset).slice(0, length));
    assert.deepEqual([...norm], [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('has no turns where there is no chat template', async () => {
    const { io } = await describeModel({
      ...tinyModelFiles(),
      'tokenizer_config.json': Buffer.from('{"eos_token": "<end>"}'),
    });
    assert.equal((JSON.parse(io.out) as Description).chat, null);
  });

  it('refuses a template that does not write every turn once', async () => {
    const template = '{% for m in messages %}{{ m.content + m.content }}{% endfor %}';
    const { code, io } = await describeModel({
      ...tinyModelFiles(),
      'tokenizer_config.json': Buffer.from(JSON.stringify({ chat_template: template })),
    });
    assert.equal(code, 3);
    assert.match(io.err, /^(.*\n)*draftscope: The chat template of tiny does not write each turn once/);
    assert.equal(io.out, '');
  });
});
