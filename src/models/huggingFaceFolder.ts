import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors';
import { t } from '../l10n';
import { ChatTemplate } from './chatTemplate';
import { isMissing, readError } from './fileErrors';
import { rememberedSha256 } from './fileHash';
import { BinaryFile } from './binaryFile';
import { parseConfig, tokenIdList } from './huggingFaceConfig';
import type { LlamaConfig, Model, ModelFile, TensorType, Tokenizer } from './model';
import type { ModelNaming, OpenOptions } from './openOptions';
import { readSafetensors, type SafetensorsEntry } from './safetensors';
import { sameShape } from './tensorLayout';
import { createTokenizer } from './tokenizer';
import { expectedWeights } from './weights';

type Weight = SafetensorsEntry & { readonly type: TensorType };

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/**
 * Opens a folder as Hugging Face lays it out: config.json, tokenizer.json, safetensors weights in one file or
 * several, and where present tokenizer_config.json, chat_template.jinja and generation_config.json. Checks
 * that every weight is there, has the right shape and a readable type; the weights are read on demand.
 *
 * @throws UserError `bad-file`, `unsupported`, `disk` or `cancelled`
 */
export async function openHuggingFaceFolder(
  folder: string,
  options: OpenOptions & ModelNaming = {},
): Promise<Model> {
  const configFile = path.join(folder, 'config.json');
  const configJson = await readJson(configFile);
  if (configJson === null) throw await notAModel(folder);
  const config = parseConfig(configJson, configFile);
  const { tokenizer, chat } = await readText(folder, config.endTokens);

  const weightFiles = await weightFilesOf(folder);
  const readers: BinaryFile[] = [];
  const close = async () => {
    for (const reader of readers) await reader.close();
  };
  try {
    const entries = new Map<string, SafetensorsEntry>();
    for (const file of weightFiles) {
      const reader = await BinaryFile.open(file);
      readers.push(reader);
      for (const [name, entry] of await readSafetensors(reader)) entries.set(name, entry);
    }
    const weights = checkedWeights(entries, config.llama, folder);
    const files: ModelFile[] = [];
    for (const file of [configFile, path.join(folder, 'tokenizer.json'), ...weightFiles])
      files.push(await describeFile(file, options));

    return {
      id: options.id ?? folder,
      name: options.name ?? path.basename(path.resolve(folder)),
      architecture: 'llama',
      config: config.llama,
      files,
      tokenizer,
      hasChatTemplate: chat !== null,
      renderChat(turns) {
        if (chat === null)
          throw new UserError(
            'unsupported',
            t('{0} has no chat template.', folder),
            t('Continue raw text instead.'),
          );
        return chat.render(turns);
      },
      async tensor(name) {
        const weight = weights.get(name);
        if (weight === undefined) throw missingTensor(folder, name);
        const bytes = await weight.reader.read(weight.offset, weight.bytes);
        return { name, shape: weight.shape, type: weight.type, bytes };
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function describeFile(file: string, options: OpenOptions): Promise<ModelFile> {
  const sha256 = await rememberedSha256(file, options);
  return { name: path.basename(file), path: file, bytes: (await stat(file)).size, sha256 };
}

async function notAModel(folder: string): Promise<UserError> {
  const names = await readdir(folder).catch(() => []);
  const gguf = names.find((name) => name.endsWith('.gguf'));
  return new UserError(
    'bad-file',
    t('{0} has no config.json, so it is not a Hugging Face model folder.', folder),
    gguf === undefined
      ? t('Choose another folder or a .gguf file.')
      : t('Choose the file {0} in it instead.', gguf),
  );
}

const tokenText = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const tokenizerConfigSchema = z.looseObject({
  bos_token: tokenText,
  eos_token: tokenText,
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
});

/** The tokenizer and the chat template. */
async function readText(
  folder: string,
  configuredEnds: readonly number[],
): Promise<{ tokenizer: Tokenizer; chat: ChatTemplate | null }> {
  const tokenizerFile = path.join(folder, 'tokenizer.json');
  const json = await readJson(tokenizerFile);
  if (json === null)
    throw new UserError(
      'bad-file',
      t('{0} has no tokenizer.json.', folder),
      t('Download it with the model, or convert its tokenizer with transformers.'),
    );
  const file = path.join(folder, 'tokenizer_config.json');
  const parsed = tokenizerConfigSchema.safeParse((await readJson(file)) ?? {});
  if (!parsed.success)
    throw new UserError(
      'bad-file',
      t('{0} is not a valid tokenizer configuration.', file),
      t('Download it again.'),
    );
  const bos = textOf(parsed.data.bos_token);
  const eos = textOf(parsed.data.eos_token);

  const generation = (await readJson(path.join(folder, 'generation_config.json'))) as {
    eos_token_id?: unknown;
  } | null;
  const ends = tokenIdList(generation?.eos_token_id);
  const tokenizer = createTokenizer(
    json,
    { endTokens: ends.length > 0 ? ends : configuredEnds, endText: eos },
    tokenizerFile,
  );

  const template =
    (await readOptional(path.join(folder, 'chat_template.jinja'))) ?? chosenTemplate(parsed.data);
  return { tokenizer, chat: template === null ? null : new ChatTemplate(template, { bos, eos }, folder) };
}

function textOf(token: z.infer<typeof tokenText>): string {
  return typeof token === 'string' ? token : (token?.content ?? '');
}

function chosenTemplate(config: z.infer<typeof tokenizerConfigSchema>): string | null {
  const template = config.chat_template;
  if (template === null || template === undefined || typeof template === 'string') return template ?? null;
  return template.find(({ name }) => name === 'default')?.template ?? null;
}

async function weightFilesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw readError(error, folder);
  });
  if (names.includes(SINGLE)) return [path.join(folder, SINGLE)];
  const indexFile = path.join(folder, INDEX);
  const json = await readJson(indexFile);
  if (json === null)
    throw new UserError(
      'bad-file',
      t('{0} has no {1}.', folder, SINGLE),
      names.some((name) => name.endsWith('.bin'))
        ? t('Save the model with transformers as safetensors.')
        : t('Download its weights.'),
    );
  const index = z.looseObject({ weight_map: z.record(z.string(), z.string()) }).safeParse(json);
  if (!index.success)
    throw new UserError(
      'bad-file',
      t('{0} does not name the files of the weights.', indexFile),
      t('Download it again.'),
    );
  return [...new Set(Object.values(index.data.weight_map))].sort().map((name) => {
    // A name in a downloaded index must not lead out of the folder.
    if (name !== path.basename(name))
      throw new UserError(
        'bad-file',
        t('{0} names a file outside its folder.', indexFile),
        t('Download it again.'),
      );
    return path.join(folder, name);
  });
}

function checkedWeights(
  entries: ReadonlyMap<string, SafetensorsEntry>,
  config: LlamaConfig,
  folder: string,
): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const [name, shape] of expectedWeights(config)) {
    const entry = entries.get(name);
    if (entry === undefined) throw missingTensor(folder, name);
    if (!sameShape(entry.shape, shape))
      throw new UserError(
        'bad-file',
        t(
          '{0} in {1} has the shape [{2}] instead of [{3}].',
          name,
          entry.reader.path,
          entry.shape.join(', '),
          shape.join(', '),
        ),
        t('Download the model again.'),
      );
    const { type } = entry;
    if (type !== 'F32' && type !== 'F16' && type !== 'BF16')
      throw new UserError(
        'unsupported',
        t('{0} tensors ({1} in {2}) are not read yet.', type, name, entry.reader.path),
        t('Use F32, F16 or BF16 weights.'),
      );
    weights.set(name, { ...entry, type });
  }
  return weights;
}

function missingTensor(folder: string, name: string): UserError {
  return new UserError(
    'bad-file',
    t('{0} lacks the tensor {1}.', folder, name),
    t('Download the model again.'),
  );
}

async function readOptional(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw readError(error, file);
  }
}

/** The content of a JSON file, null when there is none. */
async function readJson(file: string): Promise<unknown> {
  const text = await readOptional(file);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError('bad-file', t('{0} is not valid JSON.', file), t('Download it again.'), {
      cause: error,
    });
  }
}
