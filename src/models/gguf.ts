import { GGMLQuantizationType, gguf, type GGUFParseOutput } from '@huggingface/gguf';
import path from 'node:path';
import { UserError } from '../errors';
import { t } from '../l10n';
import { ChatTemplate } from './chatTemplate';
import { rememberedSha256 } from './fileHash';
import { messageOf } from './fileErrors';
import { BinaryFile, truncatedError } from './binaryFile';
import { GgufMetadata } from './ggufMetadata';
import { huggingFaceName, permutedHeads, unpermuteRows } from './ggufNames';
import { ggufTokenizer } from './ggufTokenizer';
import type { LlamaConfig, Model, Tensor, TensorType, Tokenizer } from './model';
import type { ModelNaming, OpenOptions } from './openOptions';
import { linearFactors } from './ropeScaling';
import { byteLength, isTensorType, sameShape } from './tensorLayout';
import { expectedWeights } from './weights';

/** Where a weight stands in its file. */
interface StoredTensor {
  readonly ggufName: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  readonly offset: number;
  readonly bytes: number;
}

const readable = () => t('a Q8_0, Q4_0, Q4_1, F16, BF16 or F32 file');
const ROPE_FACTORS = 'rope_freqs.weight';

/**
 * Opens a GGUF file of a Llama-family decoder. Reads the metadata and checks that every weight is there, has
 * the right shape, a readable type and lies within the file; the weights themselves are read on demand.
 *
 * @throws UserError `bad-file`, `unsupported`, `disk` or `cancelled`
 */
export async function openGguf(file: string, options: OpenOptions & ModelNaming = {}): Promise<Model> {
  const reader = await BinaryFile.open(file);
  try {
    const parsed = await parse(file, reader.bytes);
    const metadata = new GgufMetadata(parsed.metadata as unknown as Record<string, unknown>, file);
    checkArchitecture(metadata, file);

    const stored = storedTensors(parsed, reader);
    const factors = stored.get(ROPE_FACTORS);
    stored.delete(ROPE_FACTORS);
    const shapes = configOf(metadata, stored, file);
    const weights = namedWeights(stored, shapes, file);
    const config: LlamaConfig = {
      ...shapes,
      ropeFactors: factors
        ? await ropeFactors(factors, reader, shapes.headDim)
        : scaledRopeFactors(metadata, shapes.headDim, file),
    };

    const tokenizer = ggufTokenizer(metadata, file);
    const template = metadata.text('tokenizer.chat_template');
    const specials = {
      bos: tokenText(metadata, tokenizer, 'tokenizer.ggml.bos_token_id'),
      eos: tokenText(metadata, tokenizer, 'tokenizer.ggml.eos_token_id'),
    };
    const chat = template === null ? null : new ChatTemplate(template, specials, file);
    const sha256 = await rememberedSha256(file, options);

    return {
      id: options.id ?? file,
      name: options.name ?? nameFromFile(file),
      architecture: 'llama',
      config,
      files: [{ name: path.basename(file), path: file, bytes: reader.bytes, sha256 }],
      tokenizer,
      hasChatTemplate: chat !== null,
      renderChat(turns) {
        if (chat === null)
          throw new UserError(
            'unsupported',
            t('{0} has no chat template.', file),
            t('Continue raw text instead.'),
          );
        return chat.render(turns);
      },
      async tensor(name): Promise<Tensor> {
        const found = weights.get(name);
        if (found === undefined) throw missingTensor(file, name);
        const bytes = await reader.read(found.offset, found.bytes);
        const heads = permutedHeads(name, config.heads, config.kvHeads);
        return {
          name,
          shape: found.shape,
          type: found.type,
          bytes: heads === 0 ? bytes : unpermuteRows(bytes, heads, config.headDim),
        };
      },
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function parse(file: string, bytes: number): Promise<GGUFParseOutput> {
  let parsed: GGUFParseOutput;
  try {
    parsed = await gguf(file, { allowLocalFile: true });
  } catch (error) {
    const notGguf = error instanceof Error && error.message.includes('magic number');
    throw new UserError(
      'bad-file',
      notGguf
        ? t('{0} is not a GGUF file.', file)
        : t('{0} is cut off or damaged: {1}.', file, messageOf(error)),
      notGguf ? t('Choose a .gguf file or a Hugging Face folder.') : t('Download or copy it again.'),
      { cause: error },
    );
  }
  // The parser reads zeros past the end of a file, so what it found there means nothing.
  if (parsed.tensorDataOffset > bytes) throw truncatedError(file);
  if (!parsed.littleEndian)
    throw new UserError('unsupported', t('{0} is big-endian.', file), t('Use a little-endian GGUF file.'));
  return parsed;
}

function checkArchitecture(metadata: GgufMetadata, file: string): void {
  const architecture = metadata.text('general.architecture');
  if (architecture === null)
    throw new UserError(
      'bad-file',
      t('{0} does not say what model it holds.', file),
      t('Convert the model again.'),
    );
  if (architecture !== 'llama')
    throw new UserError(
      'unsupported',
      t('{0} holds a {1} model, which is not run yet.', file, architecture),
      t('Use a Llama-family model: Llama, SmolLM, TinyLlama or Mistral.'),
    );
  const parts = metadata.number('split.count') ?? 1;
  if (parts > 1)
    throw new UserError(
      'unsupported',
      t('{0} is one of {1} parts of a split model.', file, parts),
      t('Join them with llama-gguf-split --merge.'),
    );
}

/** Every tensor of the file by its GGUF name, known to be readable and to lie within the file. */
function storedTensors(parsed: GGUFParseOutput, reader: BinaryFile): Map<string, StoredTensor> {
  const stored = new Map<string, StoredTensor>();
  const unreadable = new Map<string, string>();
  for (const info of parsed.tensorInfos) {
    if (stored.has(info.name))
      throw new UserError(
        'bad-file',
        t('{0} holds {1} twice.', reader.path, info.name),
        t('Convert the model again.'),
      );
    const type: string = GGMLQuantizationType[info.dtype] ?? t('type {0}', info.dtype);
    if (!isTensorType(type)) {
      if (!unreadable.has(type)) unreadable.set(type, info.name);
      continue;
    }
    // GGUF gives the row length first.
    const shape = info.shape.map(Number).reverse();
    const bytes = byteLength(type, shape);
    if (bytes === null)
      throw new UserError(
        'bad-file',
        t(
          '{0} in {1} has rows of {2} values, not whole {3} blocks.',
          info.name,
          reader.path,
          String(shape.at(-1)),
          type,
        ),
        t('Convert the model again.'),
      );
    const offset = Number(parsed.tensorDataOffset + info.offset);
    if (offset + bytes > reader.bytes) throw truncatedError(reader.path);
    stored.set(info.name, { ggufName: info.name, shape, type, offset, bytes });
  }
  for (const [type, name] of unreadable)
    throw new UserError(
      'unsupported',
      t('{0} tensors ({1} in {2}) are not read yet.', type, name, reader.path),
      t('Use {0}.', readable()),
    );
  return stored;
}

function configOf(
  metadata: GgufMetadata,
  stored: ReadonlyMap<string, StoredTensor>,
  file: string,
): Omit<LlamaConfig, 'ropeFactors'> {
  const embedding = stored.get('token_embd.weight');
  if (embedding === undefined) throw missingTensor(file, 'model.embed_tokens.weight');
  const hiddenSize = metadata.requiredSize('llama.embedding_length');
  const heads = metadata.requiredSize('llama.attention.head_count');
  const headDim = metadata.number('llama.attention.key_length') ?? hiddenSize / heads;
  const plain: readonly (readonly [string, number])[] = [
    ['llama.attention.value_length', headDim],
    ['llama.rope.dimension_count', headDim],
    ['llama.attention.sliding_window', 0],
    ['llama.expert_count', 0],
  ];
  for (const [key, usual] of plain) {
    const value = metadata.number(key) ?? usual;
    if (value !== usual)
      throw new UserError(
        'unsupported',
        t('{0} gives {1} for {2}, which is not run yet.', file, value, key),
        t('Use a plain Llama-family model.'),
      );
  }
  const kvHeads = metadata.number('llama.attention.head_count_kv') ?? heads;
  if (!Number.isInteger(headDim / 2) || !Number.isInteger(heads / kvHeads))
    throw new UserError(
      'bad-file',
      t('{0} gives {1} heads and {2} key heads for {3} hidden values.', file, heads, kvHeads, hiddenSize),
      t('Convert the model again.'),
    );
  return {
    hiddenSize,
    layers: metadata.requiredSize('llama.block_count'),
    heads,
    kvHeads,
    headDim,
    feedForward: metadata.requiredSize('llama.feed_forward_length'),
    vocabulary: embedding.shape[0],
    context: metadata.requiredSize('llama.context_length'),
    ropeBase: metadata.number('llama.rope.freq_base') ?? 10000,
    normEpsilon: metadata.requiredNumber('llama.attention.layer_norm_rms_epsilon'),
    tiedHead: !stored.has('output.weight'),
  };
}

/** The weights by Hugging Face name: all that the model needs and none that it would ignore. */
function namedWeights(
  stored: ReadonlyMap<string, StoredTensor>,
  config: Omit<LlamaConfig, 'ropeFactors'>,
  file: string,
): Map<string, StoredTensor> {
  const weights = new Map<string, StoredTensor>();
  const expected = expectedWeights({ ...config, ropeFactors: null });
  for (const tensor of stored.values()) {
    const name = huggingFaceName(tensor.ggufName);
    const shape = name === null ? undefined : expected.get(name);
    if (name === null || shape === undefined)
      throw new UserError(
        'unsupported',
        t('{0} has a tensor that a plain Llama model lacks: {1}.', file, tensor.ggufName),
        t('Use a Llama-family model without experts, biases or adapters.'),
      );
    if (!sameShape(tensor.shape, shape))
      throw new UserError(
        'bad-file',
        t(
          '{0} in {1} has the shape [{2}] instead of [{3}].',
          tensor.ggufName,
          file,
          tensor.shape.join(', '),
          shape.join(', '),
        ),
        t('Convert the model again.'),
      );
    weights.set(name, tensor);
  }
  for (const name of expected.keys()) if (!weights.has(name)) throw missingTensor(file, name);
  return weights;
}

function missingTensor(file: string, name: string): UserError {
  return new UserError(
    'bad-file',
    t('{0} lacks the tensor {1}.', file, name),
    t('Download or convert the model again.'),
  );
}

/** Llama 3's divisors, which the converter has worked out. */
async function ropeFactors(tensor: StoredTensor, reader: BinaryFile, headDim: number): Promise<Float32Array> {
  if (tensor.type !== 'F32' || !sameShape(tensor.shape, [headDim / 2]))
    throw new UserError(
      'bad-file',
      t('{0} in {1} is not {2} F32 values.', ROPE_FACTORS, reader.path, headDim / 2),
      t('Convert the model again.'),
    );
  return new Float32Array((await reader.read(tensor.offset, tensor.bytes)).buffer);
}

/** Linear scaling stands in the metadata as one factor for all frequencies. */
function scaledRopeFactors(metadata: GgufMetadata, headDim: number, file: string): Float32Array | null {
  const type = metadata.text('llama.rope.scaling.type') ?? 'none';
  if (type === 'none') return null;
  if (type === 'linear') return linearFactors(metadata.requiredNumber('llama.rope.scaling.factor'), headDim);
  throw new UserError(
    'unsupported',
    t('{0} scales its rotary embedding by {1}, which is not run yet.', file, type),
    t('Use a model without it.'),
  );
}

function tokenText(metadata: GgufMetadata, tokenizer: Tokenizer, key: string): string {
  const id = metadata.number(key);
  return id === null ? '' : tokenizer.labelOf(id);
}

/** `SmolLM2-135M-Instruct.Q4_1.gguf` -> `SmolLM2-135M-Instruct Q4_1` */
function nameFromFile(file: string): string {
  return path.basename(file, '.gguf').replace(/[.-]((?:I?Q\d\w*|B?F16|F32))$/i, ' $1');
}
