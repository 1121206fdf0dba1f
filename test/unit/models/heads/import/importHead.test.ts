import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { headCardSchema, type HeadKind } from '../../../../../src/models/heads/card';
import { openHeadFolder } from '../../../../../src/models/heads/headFolder';
import { importedFolder } from '../../../../../src/models/heads/import/importedFolder';
import { ACCURACY } from '../../../../../src/models/heads/import/headPart';
import { importHead } from '../../../../../src/models/heads/import/importHead';
import { rotaryTables } from '../../../../../src/models/graph/rotary';
import type { Model } from '../../../../../src/models/model';
import { ownCache } from '../../../../support/environment';
import { goldenHead, goldenOutputs, goldenTarget, type GoldenHead } from '../../../../support/releasedHeads';
import { safetensorsBytes, writeFiles, type SafetensorsTensor } from '../../../../support/huggingFaceFiles';
import { temporaryFolder } from '../../../../support/temporaryFolder';
import { userError } from '../../../../support/userError';

const MASKED = -1e30;
/** Products in fp32, so that only the order of sums differs from PyTorch's. */
const exact = { accuracy: ACCURACY.exact };

type Outputs = ort.InferenceSession.OnnxValueMapType;

const floats = (data: readonly number[], ...dims: number[]) =>
  new ort.Tensor('float32', Float32Array.from(data), dims);
const integers = (data: readonly number[], ...dims: number[]) =>
  new ort.Tensor('int64', BigInt64Array.from(data, BigInt), dims);
const numbers = (outputs: Outputs, name: string): number[] =>
  Array.from(outputs[name].data as Float32Array | BigInt64Array, Number);

function assertClose(found: readonly number[], expected: readonly number[]): void {
  assert.equal(found.length, expected.length);
  found.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) <= 1e-4 * (1 + Math.abs(expected[i])), `${i}: ${value}`);
  });
}

function checkGuesses(outputs: Outputs, expected: { token: unknown[]; probability: unknown[] }): void {
  assert.deepEqual(numbers(outputs, 'top.token'), expected.token.flat(3));
  assertClose(numbers(outputs, 'top.probability'), expected.probability.flat(3) as number[]);
}

describe('importHead', function () {
  this.timeout(20_000);
  const temporary = temporaryFolder();
  ownCache(() => temporary.file('cache'));
  let target: Model;
  before(async () => (target = await goldenTarget()));

  /** Imports a golden head, and opens it as a drafter does. */
  async function imported(name: string, kind: HeadKind) {
    const out = temporary.file('out', name);
    await importHead(goldenHead(name), out, target, exact);
    const head = await openHeadFolder(out, kind, target);
    const parts = new Map<string, ort.InferenceSession>();
    /** Runs a part, feeding what the engine feeds of the target beside `feeds`. */
    const run = async (part: string, feeds: Record<string, ort.Tensor>): Promise<Outputs> => {
      const session = parts.get(part) ?? (await ort.InferenceSession.create(head.part(part)));
      parts.set(part, session);
      const { cos, sin } = rotaryTables(target.config);
      const dims = [target.config.context, target.config.headDim / 2];
      const ofTarget: Record<string, ort.Tensor> = {
        'rotary.cos': floats([...cos], ...dims),
        'rotary.sin': floats([...sin], ...dims),
      };
      const all = { ...ofTarget, ...feeds };
      return session.run(Object.fromEntries(session.inputNames.map((input) => [input, all[input]])));
    };
    return { card: head.card, run, golden: goldenOutputs(name) };
  }

  for (const name of ['medusa', 'medusa-vllm']) {
    it(`computes ${name} as PyTorch does`, async () => {
      const { card, run, golden } = await imported(name, 'medusa');
      const { hidden = [], token = [], probability = [] } = golden;
      checkGuesses(await run('medusa', { hidden: floats(hidden.flat(), 3, 32) }), { token, probability });
      assert.equal(card.levels, 2);
      assert.deepEqual(card.draftVocabulary, { size: name === 'medusa' ? 48 : 32 });
    });
  }

  it('computes Hydra as PyTorch does', async () => {
    const { card, run, golden } = await imported('hydra', 'hydra');
    assert.equal(card.levels, 2);
    const tokens = golden.tokens as number[][];
    for (const [level, expected] of (golden.levels ?? []).entries()) {
      const read = tokens.flatMap((row) => row.slice(0, level + 1));
      const feeds = { hidden: floats(golden.hidden!.flat(), 3, 32), tokens: integers(read, 3, level + 1) };
      checkGuesses(await run(`hydra-${level}`, feeds), expected);
    }
  });

  it('computes Hydra++ as PyTorch does', async () => {
    const { card, run, golden } = await imported('hydra-plus', 'hydra');
    assert.equal(card.levels, 1);
    const rows = golden.features!.length;
    const bias = Array.from({ length: rows * rows }, (_, i) =>
      i % rows <= Math.floor(i / rows) ? 0 : MASKED,
    );
    const outputs = await run('hydra-prefix', {
      features: floats(golden.features!.flat(), 1, rows, 32),
      position_ids: integers([...Array(rows).keys()], 1, rows),
      attention_bias: floats(bias, 1, 1, rows, rows),
      'past.0.key': floats([], 1, 0, 16),
      'past.0.value': floats([], 1, 0, 16),
    });
    assertClose(numbers(outputs, 'state'), golden.next!.flat());
    const feeds = {
      hidden: floats(golden.next!.flat(), rows, 32),
      tokens: integers((golden.tokens as number[][]).flat(), rows, 1),
    };
    checkGuesses(await run('hydra-0', feeds), golden.levels![0]);
  });

  /** A text's rows in two forwards, then a guess that reads the head's own state. */
  async function checkEagle(
    run: (part: string, feeds: Record<string, ort.Tensor>) => Promise<Outputs>,
    features: number[],
    golden: GoldenHead,
    kvWidth: number,
  ): Promise<void> {
    const tokens = golden.tokens as number[];
    const rows = tokens.length - 1;
    const width = features.length / rows;
    let past = { key: [] as number[], value: [] as number[] };
    const forward = async (from: number, to: number, states: readonly number[]) => {
      const count = to - from;
      const bias = Array.from({ length: count }, (_, row) =>
        Array.from({ length: to }, (_, column) => (column <= from + row ? 0 : MASKED)),
      );
      const outputs = await run('eagle', {
        features: floats(states, 1, count, width),
        tokens: integers(tokens.slice(from, to), 1, count),
        position_ids: integers(
          Array.from({ length: count }, (_, i) => from + i),
          1,
          count,
        ),
        attention_bias: floats(bias.flat(), 1, 1, count, to),
        rows: integers([...Array(count).keys()], count),
        'past.0.key': floats(past.key, 1, from, kvWidth),
        'past.0.value': floats(past.value, 1, from, kvWidth),
      });
      past = {
        key: [...past.key, ...numbers(outputs, 'new.0.key')],
        value: [...past.value, ...numbers(outputs, 'new.0.value')],
      };
      return outputs;
    };
    const [level, guess] = golden.levels ?? [];
    const half = 2;
    for (const [from, to] of [
      [0, half],
      [half, rows],
    ]) {
      const outputs = await forward(from, to, features.slice(from * width, to * width));
      assertClose(numbers(outputs, 'next'), golden.next!.slice(from, to).flat());
      checkGuesses(outputs, {
        token: level.token.slice(from, to),
        probability: level.probability.slice(from, to),
      });
    }
    const last = await forward(rows, rows + 1, golden.next![rows - 1]);
    assertClose(numbers(last, 'next'), golden.second!.flat());
    checkGuesses(last, guess);
  }

  it('computes EAGLE as PyTorch does', async () => {
    const { card, run, golden } = await imported('eagle', 'eagle');
    assert.equal(card.version, 1);
    await checkEagle(run, golden.features!.flat(), golden, 16);
  });

  for (const [name, layers, kvWidth] of [
    ['eagle3', [1, 2, 2], 16],
    ['eagle3-speculators', [0, 2, 4], 64],
  ] as const) {
    it(`computes ${name} as PyTorch does`, async () => {
      const { card, run, golden } = await imported(name, 'eagle');
      assert.equal(card.version, 2);
      assert.deepEqual(card.layers, layers);
      assert.deepEqual(card.draftVocabulary, { size: 32 });
      const fused = await run('eagle-features', { layers: floats(golden.layers!.flat(), 1, 6, 96) });
      assertClose(numbers(fused, 'features'), golden.features!.flat());
      await checkEagle(run, numbers(fused, 'features'), golden, kvWidth);
    });
  }

  it('says on the card whose head it is and what it was made of', async () => {
    const out = temporary.file('out');
    const file = path.join(goldenHead('medusa'), 'medusa_lm_head.safetensors');
    await importHead(file, out, target, { licence: 'Apache-2.0' });
    const card = headCardSchema.parse(JSON.parse(fs.readFileSync(path.join(out, 'medusa.json'), 'utf8')));
    assert.equal(card.licence, 'Apache-2.0');
    assert.equal(card.imported?.format, 'Medusa');
    assert.deepEqual(
      card.imported?.files.map(({ name, bytes }) => ({ name, bytes })),
      [{ name: 'medusa_lm_head.safetensors', bytes: fs.statSync(file).size }],
    );
    assert.deepEqual(fs.readdirSync(out).sort(), ['medusa.bin', 'medusa.json', 'medusa.onnx']);
  });

  it('imports into the cache once, and takes a folder of parts as it is', async () => {
    const first = await importedFolder(goldenHead('hydra'), 'hydra', target);
    const made = fs.statSync(path.join(first, 'hydra.json'));
    assert.equal(await importedFolder(goldenHead('hydra'), 'hydra', target), first);
    assert.equal(fs.statSync(path.join(first, 'hydra.json')).ino, made.ino);
    assert.equal(await importedFolder(first, 'hydra', target), first);
    const other = { ...target, files: [{ ...target.files[0], sha256: '0'.repeat(64) }] };
    assert.notEqual(await importedFolder(goldenHead('hydra'), 'hydra', other), first);
  });

  it('names the drafter of a checkpoint of another kind', () =>
    assert.rejects(
      importedFolder(goldenHead('eagle3'), 'medusa', target),
      userError(
        'usage',
        `${goldenHead('eagle3')} is a head of EAGLE-3, which the drafter medusa does not run. Choose the drafter eagle.`,
      ),
    ));

  describe('refuses', () => {
    const refused = async (
      source: string,
      code: Parameters<typeof userError>[0],
      sentence: string | RegExp,
      model: Model = target,
    ): Promise<void> => {
      const out = temporary.file('refused');
      await assert.rejects(importHead(source, out, model), userError(code, sentence));
      // Neither the folder nor a part of it is left.
      assert.deepEqual(
        fs.readdirSync(temporary.file()).filter((name) => name.startsWith('refused')),
        [],
      );
    };

    /** The golden head's tensors, changed, in a folder with its configuration. */
    function changed(
      name: string,
      change: (tensors: Record<string, SafetensorsTensor>, config: Record<string, unknown>) => void,
    ): string {
      const tensors = readTensors(name);
      const configFile = path.join(goldenHead(name), 'config.json');
      const config = fs.existsSync(configFile)
        ? (JSON.parse(fs.readFileSync(configFile, 'utf8')) as Record<string, unknown>)
        : {};
      change(tensors, config);
      return writeFiles(temporary.file('head'), {
        'model.safetensors': safetensorsBytes(tensors),
        'config.json': JSON.stringify(config),
      });
    }

    const ofTarget = (changes: Partial<Model['config']>): Model => ({
      ...target,
      config: { ...target.config, ...changes },
    });

    for (const [name, tensor] of [
      ['medusa', '0.0.linear.weight'],
      ['hydra', 'hydra_mlp.0.0.linear.weight'],
      ['eagle', 'fc.weight'],
      ['eagle3', 'fc.weight'],
    ]) {
      it(`a head of ${name} for wider states`, () =>
        refused(
          goldenHead(name),
          'usage',
          `${goldenHead(name)} is a head for another target than golden: ${tensor} reads states of 32 numbers, and those here have 64. ` +
            'Give the model that it was made for (--model), or a head for this one.',
          ofTarget({ hiddenSize: 64 }),
        ));
    }

    for (const [name, tensor] of [
      ['medusa', '0.1.weight'],
      ['hydra', 'hydra_lm_head.0.weight'],
      ['eagle', 'embed_tokens.weight'],
    ]) {
      it(`a head of ${name} for another vocabulary`, () =>
        refused(
          goldenHead(name),
          'usage',
          `${goldenHead(name)} is a head for another target than golden: ${tensor} is for a vocabulary of 48 tokens, and that here has 50. ` +
            'Give the model that it was made for (--model), or a head for this one.',
          ofTarget({ vocabulary: 50 }),
        ));
    }

    for (const [name, tensor] of [
      ['medusa-vllm', 'token_map'],
      ['eagle3', 'd2t'],
    ]) {
      it(`a head of ${name} whose tokens the target has not`, () =>
        refused(
          goldenHead(name),
          'usage',
          new RegExp(`for another target than golden: ${tensor} names the token \\d+, and there are 8\\.`),
          ofTarget({ vocabulary: 8 }),
        ));
    }

    it('an EAGLE-3 head for more layers', () =>
      refused(
        goldenHead('eagle3-speculators'),
        'usage',
        /config\.json is of a head that reads the states that enter the layers 1, 3, 5, and golden has 4 layers\./,
        ofTarget({ layers: 4 }),
      ));

    for (const [name, tensor] of [
      ['medusa', '0.1.weight'],
      ['medusa-vllm', 'medusa_heads.lm_heads.0.weight'],
      ['hydra', 'hydra_mlp.1.0.res_connection.weight'],
      ['eagle', 'layers.0.mlp.down_proj.weight'],
      ['eagle3', 'norm.weight'],
    ]) {
      it(`a head of ${name} without ${tensor}`, () => {
        const head = changed(name, (tensors) => delete tensors[tensor]);
        // Under the name that the format has for it.
        const known = tensor.replace('medusa_heads.', '');
        return refused(
          head,
          'bad-file',
          `${head} lacks the tensor ${known}. Download the head again, with all its files.`,
        );
      });
    }

    it('tensors that no part of the format is', () => {
      const head = changed('eagle', (tensors) => {
        tensors['layers.0.self_attn.q_norm.weight'] = tensors['layers.0.post_attention_layernorm.weight'];
      });
      return refused(
        head,
        'unsupported',
        `${head}/model.safetensors holds the tensor layers.0.self_attn.q_norm.weight, which is no part of EAGLE-1 or 2 as it is known here. ` +
          'Import a head of another training, or convert this one to a known format.',
      );
    });

    it('tensors of another shape than config.json tells', () => {
      const head = changed('eagle', (_, config) => (config.num_key_value_heads = 2));
      return refused(
        head,
        'bad-file',
        `layers.0.self_attn.k_proj.weight in ${head}/model.safetensors has the shape [16, 32] instead of [32, 32]. ` +
          'Download the head again, with the config.json that belongs to it.',
      );
    });

    it('an EAGLE head without its config.json', () => {
      const head = changed('eagle', () => {});
      fs.rmSync(path.join(head, 'config.json'));
      return refused(
        head,
        'bad-file',
        `There is no ${head}/config.json, which says how many heads the attention of ${head} has. Download it with the head.`,
      );
    });

    for (const [change, code, sentence] of [
      [{ num_attention_heads: 'two' }, 'bad-file', 'gives no valid num_attention_heads. Download it again.'],
      [
        { num_attention_heads: 3, head_dim: 16, num_key_value_heads: 2 },
        'bad-file',
        'gives 3 heads and 2 key heads for 32 hidden values. Download it again.',
      ],
      [
        { hidden_act: 'gelu' },
        'unsupported',
        'asks for hidden_act gelu, which is not run here. Import a head with silu.',
      ],
    ] as const) {
      it(`config.json with ${JSON.stringify(change)}`, () => {
        const head = changed('eagle', (_, config) => Object.assign(config, change));
        return refused(head, code, `${head}/config.json ${sentence}`);
      });
    }

    it('an EAGLE-3 configuration whose switches are none', () => {
      const head = changed('eagle3', (_, config) => (config.norm_output = 'yes'));
      return refused(head, 'bad-file', `${head}/config.json gives no valid norm_output. Download it again.`);
    });

    it('a Hydra head that reads earlier states', () => {
      const head = changed('hydra', (_, config) => (config.hidden_state_offset = 1));
      return refused(
        head,
        'unsupported',
        `${head}/config.json asks for the states 1 layers before the last (hidden_state_offset). Import a Hydra head that reads the last ones.`,
      );
    });

    it('config.json that is no JSON', () => {
      const head = changed('eagle', () => {});
      fs.writeFileSync(path.join(head, 'config.json'), '{');
      return refused(head, 'bad-file', `${head}/config.json is not valid JSON. Download it again.`);
    });

    it('a damaged file', () => {
      const head = changed('medusa', () => {});
      const file = path.join(head, 'model.safetensors');
      fs.truncateSync(file, fs.statSync(file).size - 1);
      return refused(head, 'bad-file', `${file} is cut off. Download or copy it again.`);
    });

    it('a picture', () => {
      const file = temporary.file('head.safetensors');
      fs.copyFileSync(path.join('media', 'icon.png'), file);
      return refused(file, 'bad-file', `${file} is not a safetensors file. Download or copy it again.`);
    });

    it('a file of PyTorch, named or in a folder', async () => {
      const advice =
        'is a file of PyTorch, which may run code when it is read. ' +
        'Save its tensors with safetensors.torch.save_file, and import that file.';
      const head = writeFiles(temporary.file('head'), { 'medusa_lm_head.pt': 'PK\u0003\u0004 and so on' });
      const file = path.join(head, 'medusa_lm_head.pt');
      await refused(file, 'unsupported', `${file} ${advice}`);
      await refused(head, 'unsupported', `${file} ${advice}`);
    });

    it('a folder without tensors, and a path to nothing', async () => {
      const empty = writeFiles(temporary.file('empty'), {});
      await refused(
        empty,
        'bad-file',
        `${empty} holds no .safetensors file, so there is no head to import. Give the folder or the file that the head was downloaded to.`,
      );
      await refused(
        temporary.file('none'),
        'bad-file',
        `There is no ${temporary.file('none')}. Check the path.`,
      );
    });

    it('a model that is no head', () => {
      const file = path.join(goldenHead('target'), 'model.safetensors');
      return refused(
        file,
        'unsupported',
        `${file} is no head of a known format: it has 1 tensors, embedding the first. ` +
          'These are known: Medusa (vLLM), Medusa, Hydra, EAGLE-3, EAGLE-1 or 2.',
      );
    });

    it('one tensor in two files', () => {
      const head = changed('medusa', () => {});
      fs.copyFileSync(path.join(head, 'model.safetensors'), path.join(head, 'other.safetensors'));
      return refused(
        head,
        'bad-file',
        /The tensor 0\.0\.linear\.bias is there twice: in .*model\.safetensors and .*other\.safetensors\. Import the file of the head alone\./,
      );
    });

    it('types that are not read', () => {
      const head = changed('medusa', (tensors) => {
        const name = '0.0.linear.bias';
        tensors[name] = { dtype: 'F8_E4M3', shape: [32], bytes: new Uint8Array(32) };
      });
      return refused(
        head,
        'unsupported',
        `F8_E4M3 tensors (0.0.linear.bias in ${head}/model.safetensors) are not read here. Save it as one of: F32, F16, BF16.`,
      );
    });

    it('values that are no numbers', () => {
      const head = changed('medusa', (tensors) => {
        tensors['0.0.linear.bias'] = {
          dtype: 'F32',
          shape: [32],
          bytes: new Uint8Array(new Float32Array(32).fill(NaN).buffer),
        };
      });
      return refused(
        head,
        'bad-file',
        `0.0.linear.bias in ${head}/model.safetensors holds values that are no numbers. Download the head again; if they are there too, its training failed.`,
      );
    });

    it('a folder that holds files, and leaves them', async () => {
      const out = writeFiles(temporary.file('out'), { 'mine.txt': 'mine' });
      await assert.rejects(
        importHead(goldenHead('medusa'), out, target),
        userError('usage', `${out} is not empty, and nothing in it is replaced. Give a new folder.`),
      );
      assert.deepEqual(fs.readdirSync(out), ['mine.txt']);
    });

    it('to go on when it is cancelled', async () => {
      const abort = new AbortController();
      const options = { signal: abort.signal, onProgress: () => abort.abort() };
      const out = temporary.file('refused');
      await assert.rejects(
        importHead(goldenHead('medusa'), out, target, options),
        userError('cancelled', 'Cancelled.'),
      );
      assert.equal(fs.existsSync(out), false);
    });
  });
});

/** The tensors of a golden head's file. */
function readTensors(name: string): Record<string, SafetensorsTensor> {
  const [file] = fs.readdirSync(goldenHead(name)).filter((entry) => entry.endsWith('.safetensors'));
  const content = fs.readFileSync(path.join(goldenHead(name), file));
  const length = Number(content.readBigUInt64LE(0));
  const header = JSON.parse(content.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return Object.fromEntries(
    Object.entries(header)
      .filter(([key]) => key !== '__metadata__')
      .map(
        ([
          key,
          {
            dtype,
            shape,
            data_offsets: [from, to],
          },
        ]) => {
          const bytes = content.subarray(8 + length + from, 8 + length + to);
          return [key, { dtype, shape, bytes }];
        },
      ),
  );
}
