import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../src/errors';
import { dequantise } from '../../../src/models/dequantise';
import { openHuggingFaceFolder } from '../../../src/models/huggingFaceFolder';
import type { Model } from '../../../src/models/model';
import { ownCache } from '../../support/environment';
import {
  rawSafetensors,
  safetensorsBytes,
  TINY_CONFIG,
  tinyModelFiles,
  tinyWeights,
  writeFiles,
} from '../../support/huggingFaceFiles';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

type Files = Record<string, string | Uint8Array>;

describe('openHuggingFaceFolder', () => {
  const temporary = temporaryFolder();
  ownCache(() => temporary.file('cache'));

  /** A tiny model's folder after `change`. */
  function folderWith(change: (files: Files) => void): string {
    const files: Files = tinyModelFiles();
    change(files);
    return writeFiles(temporary.file('tiny'), files);
  }

  async function withModel(
    change: (files: Files) => void,
    check: (model: Model) => void | Promise<void>,
  ): Promise<void> {
    const model = await openHuggingFaceFolder(folderWith(change));
    try {
      await check(model);
    } finally {
      await model.close();
    }
  }

  const config = (changes: object) => (files: Files) => {
    files['config.json'] = JSON.stringify({ ...TINY_CONFIG, ...changes });
  };

  it('reads the configuration, the text parts and the weights', () =>
    withModel(
      () => {},
      async (model) => {
        assert.equal(model.id, temporary.file('tiny'));
        assert.equal(model.name, 'tiny');
        assert.deepEqual(
          model.files.map(({ name }) => name),
          ['config.json', 'tokenizer.json', 'model.safetensors'],
        );
        assert.equal(model.config.headDim, 4);
        assert.equal(model.config.ropeFactors, null);
        assert.equal(model.config.tiedHead, true);
        assert.deepEqual(model.tokenizer.endTokens, [257]);
        assert.equal(model.renderChat([{ role: 'user', content: 'hi' }]), 'hi<end>');
        const k = await model.tensor('model.layers.0.self_attn.k_proj.weight');
        assert.deepEqual(k.shape, [4, 8]);
        assert.deepEqual(
          [...dequantise(k)],
          Array.from({ length: 32 }, (_, i) => i),
        );
      },
    ));

  it('reads weights in several files', () =>
    withModel(
      (files) => {
        const weights = Object.entries(tinyWeights());
        delete files['model.safetensors'];
        const parts = [weights.slice(0, 4), weights.slice(4)];
        const names = parts.map((_, i) => `model-0000${i + 1}-of-00002.safetensors`);
        parts.forEach((part, i) => (files[names[i]] = safetensorsBytes(Object.fromEntries(part))));
        const weight_map = Object.fromEntries(
          parts.flatMap((part, i) => part.map(([name]) => [name, names[i]])),
        );
        files['model.safetensors.index.json'] = JSON.stringify({ metadata: {}, weight_map });
      },
      async (model) => {
        assert.equal(model.files.length, 4);
        assert.deepEqual((await model.tensor('model.norm.weight')).shape, [8]);
        assert.deepEqual((await model.tensor('model.embed_tokens.weight')).shape, [259, 8]);
      },
    ));

  it('prefers chat_template.jinja', () =>
    withModel(
      (files) => (files['chat_template.jinja'] = 'from a file'),
      (model) => assert.equal(model.renderChat([]), 'from a file'),
    ));

  it('takes the default one of several chat templates', () => {
    const chat_template = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'plain' },
    ];
    return withModel(
      (files) => (files['tokenizer_config.json'] = JSON.stringify({ chat_template })),
      (model) => assert.equal(model.renderChat([]), 'plain'),
    );
  });

  it('does without the optional files', () =>
    withModel(
      (files) => {
        delete files['tokenizer_config.json'];
        delete files['generation_config.json'];
      },
      (model) => {
        assert.equal(model.hasChatTemplate, false);
        assert.deepEqual(model.tokenizer.endTokens, [256]);
        assert.throws(() => model.renderChat([]), userError('unsupported', /has no chat template/));
      },
    ));

  it('reads Llama 3’s rotary scaling, also where transformers 5 writes it', async () => {
    const scaling = {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 1024,
    };
    // Frequencies 1 and 1/100 of a head of 4: 163 waves in 1024 tokens stay, 1.63 waves are blended.
    const kept = (1024 / (2 * Math.PI * 100) - 1) / 3;
    const expected = Float32Array.of(1, 1 / ((1 - kept) / 8 + kept));
    await withModel(config({ rope_scaling: scaling }), (model) =>
      assert.deepEqual(model.config.ropeFactors, expected),
    );
    await withModel(
      config({ rope_theta: undefined, rope_parameters: { ...scaling, rope_theta: 1e12 } }),
      (model) => {
        assert.equal(model.config.ropeBase, 1e12);
        assert.deepEqual(model.config.ropeFactors, Float32Array.of(1, 8));
      },
    );
  });

  it('runs Mistral without a sliding window', () =>
    withModel(config({ architectures: ['MistralForCausalLM'], sliding_window: null, head_dim: 4 }), (model) =>
      assert.equal(model.config.heads, 2),
    ));

  const refused: [string, (files: Files) => void, ErrorCode, string][] = [
    [
      'a folder without config.json',
      (files) => delete files['config.json'],
      'bad-file',
      'FOLDER has no config.json, so it is not a Hugging Face model folder. Choose another folder or a .gguf file.',
    ],
    [
      'a folder with a GGUF file',
      (files) => {
        delete files['config.json'];
        files['tiny.gguf'] = '';
      },
      'bad-file',
      'FOLDER has no config.json, so it is not a Hugging Face model folder. Choose the file tiny.gguf in it instead.',
    ],
    [
      'a config.json that is not JSON',
      (files) => (files['config.json'] = '{"hidden_size": '),
      'bad-file',
      'FOLDER/config.json is not valid JSON. Download it again.',
    ],
    [
      'a config.json without a size',
      config({ hidden_size: undefined }),
      'bad-file',
      'FOLDER/config.json gives no valid hidden_size. Download it again.',
    ],
    [
      'another architecture',
      config({ architectures: ['Qwen2ForCausalLM'] }),
      'unsupported',
      'FOLDER/config.json describes a model of the architecture Qwen2ForCausalLM, which is not run yet. Use one of LlamaForCausalLM, MistralForCausalLM.',
    ],
    [
      'a sliding window',
      config({ architectures: ['MistralForCausalLM'], sliding_window: 32 }),
      'unsupported',
      'FOLDER/config.json asks for a sliding window of 32 tokens, which is not run yet. Use a plain Llama-family model.',
    ],
    [
      'biases',
      config({ attention_bias: true }),
      'unsupported',
      'FOLDER/config.json asks for attention_bias, which is not run yet. Use a plain Llama-family model.',
    ],
    [
      'quantised weights',
      config({ quantization_config: { quant_method: 'gptq' } }),
      'unsupported',
      'FOLDER/config.json asks for quantised weights, which is not run yet. Use a plain Llama-family model.',
    ],
    [
      'YaRN',
      config({ rope_scaling: { type: 'yarn', factor: 4 } }),
      'unsupported',
      'FOLDER/config.json scales its rotary embedding by yarn, which is not run yet. Use a model without it.',
    ],
    [
      'rope scaling without its factor',
      config({ rope_scaling: { rope_type: 'linear' } }),
      'bad-file',
      'FOLDER/config.json gives no factor for its linear rope scaling. Download it again.',
    ],
    [
      'a folder without a tokenizer',
      (files) => delete files['tokenizer.json'],
      'bad-file',
      'FOLDER has no tokenizer.json. Download it with the model, or convert its tokenizer with transformers.',
    ],
    [
      'a folder without weights',
      (files) => delete files['model.safetensors'],
      'bad-file',
      'FOLDER has no model.safetensors. Download its weights.',
    ],
    [
      'a folder with PyTorch weights only',
      (files) => {
        delete files['model.safetensors'];
        files['pytorch_model.bin'] = '';
      },
      'bad-file',
      'FOLDER has no model.safetensors. Save the model with transformers as safetensors.',
    ],
    [
      'a missing part of the weights',
      (files) => {
        delete files['model.safetensors'];
        const weight_map = { 'model.norm.weight': 'model-00001-of-00001.safetensors' };
        files['model.safetensors.index.json'] = JSON.stringify({ weight_map });
      },
      'bad-file',
      'There is no FOLDER/model-00001-of-00001.safetensors. Check the path.',
    ],
    [
      'an index that leads out of the folder',
      (files) => {
        delete files['model.safetensors'];
        const weight_map = { 'model.norm.weight': '../x.safetensors' };
        files['model.safetensors.index.json'] = JSON.stringify({ weight_map });
      },
      'bad-file',
      'FOLDER/model.safetensors.index.json names a file outside its folder. Download it again.',
    ],
    [
      'a missing tensor',
      (files) => {
        const weights = tinyWeights();
        delete weights['model.norm.weight'];
        files['model.safetensors'] = safetensorsBytes(weights);
      },
      'bad-file',
      'FOLDER lacks the tensor model.norm.weight. Download the model again.',
    ],
    [
      'a head that is missing though it is not tied',
      config({ tie_word_embeddings: false }),
      'bad-file',
      'FOLDER lacks the tensor lm_head.weight. Download the model again.',
    ],
    [
      'a tensor of another shape',
      config({ vocab_size: 300 }),
      'bad-file',
      'model.embed_tokens.weight in FOLDER/model.safetensors has the shape [259, 8] instead of [300, 8]. Download the model again.',
    ],
    [
      'a tensor of another type',
      (files) => {
        const norm = { dtype: 'F8_E4M3', shape: [8], bytes: new Uint8Array(8) };
        files['model.safetensors'] = safetensorsBytes({ ...tinyWeights(), 'model.norm.weight': norm });
      },
      'unsupported',
      'F8_E4M3 tensors (model.norm.weight in FOLDER/model.safetensors) are not read yet. Use F32, F16 or BF16 weights.',
    ],
  ];
  for (const [what, spoil, code, sentence] of refused) {
    it(`refuses ${what}`, async () => {
      const folder = folderWith(spoil);
      await assert.rejects(
        openHuggingFaceFolder(folder),
        userError(code, sentence.replaceAll('FOLDER', folder)),
      );
    });
  }

  const whole = safetensorsBytes(tinyWeights());
  const one = (from: number, to: number, shape = [2]) => ({ dtype: 'F32', shape, data_offsets: [from, to] });
  const damaged: [string, Uint8Array, string][] = [
    ['empty', new Uint8Array(0), 'is cut off'],
    ['cut in the header', whole.subarray(0, 100), 'is cut off'],
    ['cut in the data', whole.subarray(0, whole.length - 1), 'is cut off'],
    ['something else', Buffer.from('PK\u0003\u0004 something else'), 'is not a safetensors file'],
    ['of a header that is not JSON', rawSafetensors('{"a":', new Uint8Array(0)), 'has a damaged header'],
    [
      'of a header without offsets',
      rawSafetensors('{"a":{"dtype":"F32"}}', new Uint8Array(0)),
      'has a damaged header',
    ],
    [
      'of overlapping tensors',
      rawSafetensors(JSON.stringify({ a: one(0, 8), b: one(4, 12) }), new Uint8Array(12)),
      'gives b bytes of another tensor',
    ],
    [
      'of tensors with a gap',
      rawSafetensors(JSON.stringify({ a: one(0, 8), b: one(12, 20) }), new Uint8Array(20)),
      'leaves a gap before b',
    ],
    [
      'of the wrong number of bytes',
      rawSafetensors(JSON.stringify({ a: one(0, 8, [3]) }), new Uint8Array(8)),
      'gives a 8 bytes for the shape [3]',
    ],
    [
      'longer than its header',
      rawSafetensors(JSON.stringify({ a: one(0, 8) }), new Uint8Array(9)),
      'is longer than its header says',
    ],
  ];
  for (const [what, bytes, problem] of damaged) {
    it(`refuses a weight file that is ${what}`, async () => {
      const folder = folderWith((files) => (files['model.safetensors'] = bytes));
      await assert.rejects(
        openHuggingFaceFolder(folder),
        userError('bad-file', `${folder}/model.safetensors ${problem}. Download or copy it again.`),
      );
    });
  }
});
