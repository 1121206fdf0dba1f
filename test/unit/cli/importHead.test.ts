import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run } from '../../../src/cli/run';
import type { HeadCard } from '../../../src/models/heads/card';
import { FakeIo } from '../../support/fakeIo';
import {
  safetensorsBytes,
  TINY_CONFIG,
  tinyModelFiles,
  tinyWeights,
  writeFiles,
} from '../../support/huggingFaceFiles';
import { temporaryCache } from '../../support/temporaryCache';
import { temporaryFolder } from '../../support/temporaryFolder';

const HIDDEN = 32;

describe('import-head', () => {
  temporaryCache();
  const folder = temporaryFolder();

  /** A model of 32 hidden values, and a Medusa head of one level for it. */
  function files(): { model: string; head: string } {
    const zeros = (...shape: number[]) => ({
      dtype: 'F32',
      shape,
      bytes: new Uint8Array(4 * shape.reduce((a, b) => a * b, 1)),
    });
    const wider = (shape: readonly number[]) => shape.map((size) => (size === 8 ? HIDDEN : size));
    const weights = Object.entries(tinyWeights()).map(([name, { shape }]) => {
      const heads = name.includes('q_proj') ? [HIDDEN, HIDDEN] : wider(shape);
      return [name, zeros(...(name.includes('o_proj') ? [HIDDEN, HIDDEN] : heads))] as const;
    });
    const config = { ...TINY_CONFIG, hidden_size: HIDDEN, head_dim: HIDDEN / 2, num_key_value_heads: 2 };
    const kv = ['k', 'v'].map(
      (part) => [`model.layers.0.self_attn.${part}_proj.weight`, zeros(HIDDEN, HIDDEN)] as const,
    );
    return {
      model: writeFiles(folder.file('model'), {
        ...tinyModelFiles(),
        'config.json': JSON.stringify(config),
        'model.safetensors': safetensorsBytes(Object.fromEntries([...weights, ...kv])),
      }),
      head: writeFiles(folder.file('head'), {
        'medusa_lm_head.safetensors': safetensorsBytes({
          '0.0.linear.weight': zeros(HIDDEN, HIDDEN),
          '0.0.linear.bias': zeros(HIDDEN),
          '0.1.weight': zeros(TINY_CONFIG.vocab_size, HIDDEN),
        }),
      }),
    };
  }

  it('writes a folder, and says how to run it', async () => {
    const { model, head } = files();
    const out = folder.file('out');
    const io = new FakeIo();
    const code = await run(['import-head', head, '--out', out, '--model', model, '--licence', 'MIT'], io);
    assert.equal(code, 0, io.err);
    assert.equal(
      io.out,
      `${out}/medusa.json: Medusa for model, 1 levels, 259 tokens. Run it with --drafter medusa --head ${out}\n`,
    );
    const card = JSON.parse(fs.readFileSync(`${out}/medusa.json`, 'utf8')) as HeadCard;
    assert.equal(card.licence, 'MIT');

    const again = new FakeIo();
    assert.equal(await run(['import-head', head, '--out', out, '--model', model], again), 2);
    assert.match(
      again.err,
      /draftscope: .*out is not empty, and nothing in it is replaced\. Give a new folder\.\n$/,
    );
  });

  it('prints JSON, and needs --out', async () => {
    const { model, head } = files();
    const out = folder.file('json');
    const io = new FakeIo();
    assert.equal(await run(['import-head', head, '--out', out, '--model', model, '--json'], io), 0, io.err);
    const found = JSON.parse(io.out) as { folder: string; card: HeadCard };
    assert.equal(found.folder, out);
    assert.equal(found.card.kind, 'medusa');
    assert.equal(await run(['import-head', head], new FakeIo()), 2);
  });
});
