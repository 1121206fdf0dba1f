import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { ErrorCode } from '../../../src/errors';
import { dequantise } from '../../../src/models/dequantise';
import { openGguf } from '../../../src/models/gguf';
import type { Model } from '../../../src/models/model';
import { ownCache } from '../../support/environment';
import { GGML_TYPE, TINY, ggufBytes, tinyLlama, writeGguf } from '../../support/ggufFile';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

describe('openGguf', () => {
  const folder = temporaryFolder();
  ownCache(() => folder.file('cache'));

  /** Opens a tiny Llama after `change`, and closes it after `check`. */
  async function withModel(
    change: (content: ReturnType<typeof tinyLlama>) => void,
    check: (model: Model) => void | Promise<void>,
  ): Promise<void> {
    const content = tinyLlama();
    change(content);
    const model = await openGguf(writeGguf(folder.file('Tiny-1M.Q8_0.gguf'), content));
    try {
      await check(model);
    } finally {
      await model.close();
    }
  }

  it('reads the shape of the decoder', () =>
    withModel(
      () => {},
      (model) => {
        assert.deepEqual(model.config, {
          hiddenSize: TINY.hidden,
          layers: 1,
          heads: TINY.heads,
          kvHeads: TINY.kvHeads,
          headDim: TINY.headDim,
          feedForward: TINY.feedForward,
          vocabulary: TINY.vocabulary,
          context: 64,
          ropeBase: 10000,
          ropeFactors: null,
          normEpsilon: Math.fround(1e-5),
          tiedHead: true,
        });
      },
    ));

  it('is named after its file, with its size and hash', () =>
    withModel(
      () => {},
      (model) => {
        const file = folder.file('Tiny-1M.Q8_0.gguf');
        const bytes = readFileSync(file);
        assert.equal(model.id, file);
        assert.equal(model.name, 'Tiny-1M Q8_0');
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        assert.deepEqual(model.files, [
          { name: 'Tiny-1M.Q8_0.gguf', path: file, bytes: bytes.length, sha256 },
        ]);
      },
    ));

  it('hands out weights under their Hugging Face names', () =>
    withModel(
      () => {},
      async (model) => {
        const gate = await model.tensor('model.layers.0.mlp.gate_proj.weight');
        assert.deepEqual(gate.shape, [16, 8]);
        assert.deepEqual(
          [...dequantise(gate)],
          Array.from({ length: 128 }, (_, i) => i),
        );
      },
    ));

  it('puts the rows of Q and K into Hugging Face’s order', () =>
    withModel(
      () => {},
      async (model) => {
        // Row r of the file begins with 8 r. Within a head, rows 0 2 1 3 of the file are rows 0 1 2 3.
        const firsts = async (name: string) =>
          [...dequantise(await model.tensor(name))].filter((_, i) => i % 8 === 0).map((value) => value / 8);
        assert.deepEqual(await firsts('model.layers.0.self_attn.q_proj.weight'), [0, 2, 1, 3, 4, 6, 5, 7]);
        assert.deepEqual(await firsts('model.layers.0.self_attn.k_proj.weight'), [0, 2, 1, 3]);
        assert.deepEqual(await firsts('model.layers.0.self_attn.v_proj.weight'), [0, 1, 2, 3]);
      },
    ));

  it('keeps a head of its own', () =>
    withModel(
      ({ tensors }) => {
        const embedding = tensors.find(({ name }) => name === 'token_embd.weight')!;
        tensors.push({ ...embedding, name: 'output.weight' });
      },
      async (model) => {
        assert.equal(model.config.tiedHead, false);
        assert.deepEqual((await model.tensor('lm_head.weight')).shape, [TINY.vocabulary, TINY.hidden]);
      },
    ));

  it('reads rotary divisors, which are no weight', () =>
    withModel(
      ({ tensors }) => {
        const bytes = new Uint8Array(Float32Array.of(1, 8).buffer);
        tensors.push({ name: 'rope_freqs.weight', shape: [2], type: GGML_TYPE.F32, bytes });
      },
      async (model) => {
        assert.deepEqual(model.config.ropeFactors, Float32Array.of(1, 8));
        await assert.rejects(model.tensor('rope_freqs.weight'), userError('bad-file', /lacks the tensor/));
      },
    ));

  it('divides all rotary frequencies alike for linear scaling', () =>
    withModel(
      ({ metadata }) => {
        metadata['llama.rope.scaling.type'] = { text: 'linear' };
        metadata['llama.rope.scaling.factor'] = { f32: 4 };
      },
      (model) => assert.deepEqual(model.config.ropeFactors, Float32Array.of(4, 4)),
    ));

  it('has the tokenizer and the chat template of the file', () =>
    withModel(
      () => {},
      (model) => {
        assert.deepEqual(model.tokenizer.encode('ab<end>'), [256, 257]);
        assert.deepEqual(model.tokenizer.endTokens, [257]);
        assert.equal(model.renderChat([{ role: 'user', content: 'hi' }]), 'hi<end>>');
        assert.throws(
          () => model.renderChat([{ role: 'system', content: 'x' }]),
          userError('usage', /refuses this conversation: No system turn!\. Change the order/),
        );
      },
    ));

  it('does without a chat template', () =>
    withModel(
      ({ metadata }) => delete metadata['tokenizer.chat_template'],
      (model) => {
        assert.equal(model.hasChatTemplate, false);
        assert.throws(
          () => model.renderChat([]),
          userError('unsupported', /has no chat template\. Continue raw text/),
        );
      },
    ));

  it('starts raw text with the start token where the file says so', () =>
    withModel(
      ({ metadata }) => (metadata['tokenizer.ggml.add_bos_token'] = { bool: true }),
      (model) => assert.deepEqual(model.tokenizer.startTokens, [256]),
    ));

  it('takes words of the vocabulary whole where the rule for words is Llama 3’s', async () => {
    const encodeUnder = (rule: string, check: (ids: number[], startTokens: readonly number[]) => void) =>
      withModel(
        ({ metadata }) => {
          metadata['tokenizer.ggml.pre'] = { text: rule };
          metadata['tokenizer.ggml.merges'] = { texts: [] };
        },
        ({ tokenizer }) => check(tokenizer.encode('ab'), tokenizer.startTokens),
      );
    await encodeUnder('gpt-2', (ids, startTokens) => {
      assert.deepEqual(ids, [0x61, 0x62]);
      assert.deepEqual(startTokens, []);
    });
    await encodeUnder('llama-bpe', (ids, startTokens) => {
      assert.deepEqual(ids, [256]);
      assert.deepEqual(startTokens, [256]);
    });
  });

  it('reports a weight that it does not have', () =>
    withModel(
      () => {},
      (model) =>
        assert.rejects(
          model.tensor('lm_head.weight'),
          userError('bad-file', /Tiny-1M\.Q8_0\.gguf lacks the tensor lm_head\.weight\. Download or convert/),
        ),
    ));

  it('notices that the file was cut while it is open', () =>
    withModel(
      () => {},
      async (model) => {
        truncateSync(folder.file('Tiny-1M.Q8_0.gguf'), 5000);
        await assert.rejects(model.tensor('model.norm.weight'), userError('bad-file', /is cut off\./));
      },
    ));

  it('stops when it is cancelled', async () => {
    const signal = AbortSignal.abort();
    const file = writeGguf(folder.file('m.gguf'), tinyLlama());
    await assert.rejects(openGguf(file, { signal }), userError('cancelled', 'Cancelled.'));
  });

  type Spoil = (content: ReturnType<typeof tinyLlama>) => void;
  const tensorNamed = (content: ReturnType<typeof tinyLlama>, name: string) =>
    content.tensors.findIndex((tensor) => tensor.name === name);

  const refused: [string, Spoil, ErrorCode, string][] = [
    [
      'another architecture',
      ({ metadata }) => (metadata['general.architecture'] = { text: 'qwen2' }),
      'unsupported',
      'FILE holds a qwen2 model, which is not run yet. Use a Llama-family model: Llama, SmolLM, TinyLlama or Mistral.',
    ],
    [
      'no architecture',
      ({ metadata }) => delete metadata['general.architecture'],
      'bad-file',
      'FILE does not say what model it holds. Convert the model again.',
    ],
    [
      'a part of a split model',
      ({ metadata }) => (metadata['split.count'] = { u32: 3 }),
      'unsupported',
      'FILE is one of 3 parts of a split model. Join them with llama-gguf-split --merge.',
    ],
    [
      'an unknown quantisation',
      (content) => {
        const i = tensorNamed(content, 'blk.0.attn_q.weight');
        content.tensors[i] = { ...content.tensors[i], type: GGML_TYPE.Q4_K };
      },
      'unsupported',
      'Q4_K tensors (blk.0.attn_q.weight in FILE) are not read yet. Use a Q8_0, Q4_0, Q4_1, F16, BF16 or F32 file.',
    ],
    [
      'a tensor type without a name',
      (content) => {
        content.tensors[0] = { ...content.tensors[0], type: 4711 };
      },
      'unsupported',
      'type 4711 tensors (token_embd.weight in FILE) are not read yet. Use a Q8_0, Q4_0, Q4_1, F16, BF16 or F32 file.',
    ],
    [
      'a missing tensor',
      (content) => content.tensors.splice(tensorNamed(content, 'blk.0.ffn_up.weight'), 1),
      'bad-file',
      'FILE lacks the tensor model.layers.0.mlp.up_proj.weight. Download or convert the model again.',
    ],
    [
      'a missing embedding',
      (content) => content.tensors.splice(tensorNamed(content, 'token_embd.weight'), 1),
      'bad-file',
      'FILE lacks the tensor model.embed_tokens.weight. Download or convert the model again.',
    ],
    [
      'a tensor that would be ignored',
      ({ tensors }) =>
        tensors.push({
          name: 'blk.0.attn_q.bias',
          shape: [8],
          type: GGML_TYPE.F32,
          bytes: new Uint8Array(32),
        }),
      'unsupported',
      'FILE has a tensor that a plain Llama model lacks: blk.0.attn_q.bias. Use a Llama-family model without experts, biases or adapters.',
    ],
    [
      'a layer too many',
      ({ tensors }) =>
        tensors.push({
          name: 'blk.1.attn_norm.weight',
          shape: [8],
          type: GGML_TYPE.F32,
          bytes: new Uint8Array(32),
        }),
      'unsupported',
      'FILE has a tensor that a plain Llama model lacks: blk.1.attn_norm.weight. Use a Llama-family model without experts, biases or adapters.',
    ],
    [
      'a tensor of another shape',
      (content) => {
        const i = tensorNamed(content, 'blk.0.attn_v.weight');
        content.tensors[i] = { ...content.tensors[i], shape: [8, 4] };
      },
      'bad-file',
      'blk.0.attn_v.weight in FILE has the shape [8, 4] instead of [4, 8]. Convert the model again.',
    ],
    [
      'rows that are not whole blocks',
      (content) => {
        content.tensors[0] = { ...content.tensors[0], type: GGML_TYPE.Q8_0 };
      },
      'bad-file',
      'token_embd.weight in FILE has rows of 8 values, not whole Q8_0 blocks. Convert the model again.',
    ],
    [
      'a tensor twice',
      ({ tensors }) => tensors.push(tensors[0]),
      'bad-file',
      'FILE holds token_embd.weight twice. Convert the model again.',
    ],
    [
      'a missing size',
      ({ metadata }) => delete metadata['llama.block_count'],
      'bad-file',
      'FILE has no llama.block_count. Download or convert the model again.',
    ],
    [
      'a size of nothing',
      ({ metadata }) => (metadata['llama.context_length'] = { u32: 0 }),
      'bad-file',
      'FILE gives 0 for llama.context_length. Download or convert the model again.',
    ],
    [
      'a text for a size',
      ({ metadata }) => (metadata['llama.block_count'] = { text: 'one' }),
      'bad-file',
      'FILE does not give one number for llama.block_count. Download or convert the model again.',
    ],
    [
      'heads that do not divide',
      ({ metadata }) => (metadata['llama.attention.head_count_kv'] = { u32: 3 }),
      'bad-file',
      'FILE gives 2 heads and 3 key heads for 8 hidden values. Convert the model again.',
    ],
    [
      'a partial rotary embedding',
      ({ metadata }) => (metadata['llama.rope.dimension_count'] = { u32: 2 }),
      'unsupported',
      'FILE gives 2 for llama.rope.dimension_count, which is not run yet. Use a plain Llama-family model.',
    ],
    [
      'YaRN',
      ({ metadata }) => (metadata['llama.rope.scaling.type'] = { text: 'yarn' }),
      'unsupported',
      'FILE scales its rotary embedding by yarn, which is not run yet. Use a model without it.',
    ],
    [
      'a tokenizer of another kind',
      ({ metadata }) => (metadata['tokenizer.ggml.model'] = { text: 'llama' }),
      'unsupported',
      'FILE has a tokenizer of the kind llama, which is not read yet. Use the Hugging Face folder of the model, which has its tokenizer.json.',
    ],
    [
      'an unknown rule for words',
      ({ metadata }) => (metadata['tokenizer.ggml.pre'] = { text: 'tekken' }),
      'unsupported',
      'FILE cuts words by the rule tekken, which is not read yet. Use the Hugging Face folder of the model, which has its tokenizer.json.',
    ],
    [
      'no tokenizer',
      ({ metadata }) => delete metadata['tokenizer.ggml.model'],
      'bad-file',
      'FILE has no tokenizer. Use the Hugging Face folder of the model, which has its tokenizer.json.',
    ],
    [
      'no merges',
      ({ metadata }) => delete metadata['tokenizer.ggml.merges'],
      'bad-file',
      'FILE has no vocabulary or no merges. Use the Hugging Face folder of the model, which has its tokenizer.json.',
    ],
  ];
  for (const [what, spoil, code, sentence] of refused) {
    it(`refuses ${what}`, async () => {
      const content = tinyLlama();
      spoil(content);
      const file = writeGguf(folder.file('m.gguf'), content);
      await assert.rejects(openGguf(file), userError(code, sentence.replace('FILE', file)));
    });
  }

  it('refuses a chat template that is none', async () => {
    const content = tinyLlama();
    content.metadata['tokenizer.chat_template'] = { text: '{% if %}' };
    const file = writeGguf(folder.file('m.gguf'), content);
    await assert.rejects(
      openGguf(file),
      userError('bad-file', /is not a valid template: .+\. Continue raw text/),
    );
  });

  it('refuses a file that is cut off anywhere', async () => {
    const whole = ggufBytes(tinyLlama());
    const file = folder.file('m.gguf');
    // Cuts in the magic number, the counts, the metadata, the tensor list, the first and the last tensor.
    for (const length of [20, 100, 1000, 6000, whole.length - 5000, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length));
      await assert.rejects(
        openGguf(file),
        userError('bad-file', /^\S+ is cut off( or damaged: .+)?\. Download or copy/),
      );
    }
  });

  it('refuses what is not a GGUF file', async () => {
    const file = folder.file('m.gguf');
    for (const content of ['', 'GG', 'PK\u0003\u0004 something else altogether']) {
      writeFileSync(file, content);
      await assert.rejects(
        openGguf(file),
        userError('bad-file', `${file} is not a GGUF file. Choose a .gguf file or a Hugging Face folder.`),
      );
    }
  });

  it('refuses sizes beyond belief without trying to read them', async () => {
    const whole = ggufBytes(tinyLlama());
    const name = Buffer.from('token_embd.weight');
    const shape = whole.indexOf(name) + name.length + 4;
    whole.writeBigUInt64LE(1n << 32n, shape);
    whole.writeBigUInt64LE(1n << 32n, shape + 8);
    const file = folder.file('m.gguf');
    writeFileSync(file, whole);
    await assert.rejects(openGguf(file), userError('bad-file', /is cut off\./));
  });

  it('says so when there is no file', async () => {
    const file = folder.file('nowhere.gguf');
    await assert.rejects(openGguf(file), userError('bad-file', `There is no ${file}. Check the path.`));
  });
});
