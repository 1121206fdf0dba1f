import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { t } from '../l10n';
import { writeError } from './fileErrors';
import type { OpenOptions } from './openOptions';
import { runProcess, type PythonCommand } from './python';

/** A wheel of the package index that the user's pip is set to, and what is wanted of it. */
export interface Wheel {
  /** `name==version` */
  readonly requirement: string;
  /** pip's options that choose among the version's wheels; without them any pure one will do. */
  readonly tags?: readonly string[];
  readonly bytes: number;
  /** What it brings, as a sentence's object and in a progress line. */
  readonly content: string;
  readonly label: string;
  /** What else one can do where it cannot be had; ends the hint. */
  readonly otherwise?: string;
}

/** How often a download's folder is measured. pip says nothing that a program could read. */
const PROGRESS_INTERVAL_MS = 250;

const UNPACK = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2], sys.argv[3:])';

/**
 * Lets pip download a wheel.
 *
 * @param work an existing folder of the caller's, for everything that comes up on the way
 * @returns the wheel's path below `work`
 * @throws UserError `network`, `disk`, `cancelled`
 */
export async function downloadWheel(
  wheel: Wheel,
  python: PythonCommand,
  work: string,
  options: OpenOptions,
): Promise<string> {
  const folder = path.join(work, 'wheel');
  // pip writes to its temporary folder and moves the file at the end: both are watched.
  const temporary = path.join(work, 'tmp');
  await mkdir(folder);
  await mkdir(temporary);
  const report = async () => {
    const done = Math.min(await bytesBelow(work), wheel.bytes);
    options.onProgress?.({
      phase: 'download',
      message: t('Downloading {0}', wheel.label),
      done,
      total: wheel.bytes,
    });
  };
  await report();
  const timer = setInterval(() => void report(), PROGRESS_INTERVAL_MS);
  try {
    const { ok, output } = await runProcess(
      python,
      // prettier-ignore
      ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--ignore-requires-python',
        '--no-cache-dir', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off',
        '--retries', '2', ...(wheel.tags ?? []), '--dest', folder, wheel.requirement],
      { signal: options.signal, env: { TMPDIR: temporary, TEMP: temporary, TMP: temporary } },
    );
    const name = (await readdir(folder)).find((file) => file.endsWith('.whl'));
    if (!ok || name === undefined) throw downloadError(wheel, output, work);
    return path.join(folder, name);
  } finally {
    clearInterval(timer);
  }
}

/**
 * Unpacks the members named, with forward slashes as in the archive, into `work`.
 *
 * @throws UserError `bad-file`, `disk`, `cancelled`
 */
export async function unpackWheel(
  { requirement, label }: Wheel,
  file: string,
  members: readonly string[],
  python: PythonCommand,
  work: string,
  options: OpenOptions,
): Promise<void> {
  options.onProgress?.({ phase: 'download', message: t('Unpacking {0}', label), done: 0, total: null });
  const { ok, output } = await runProcess(python, ['-c', UNPACK, file, work, ...members], options);
  if (ok) return;
  if (isNoSpace(output)) throw noSpace(work);
  const reason = (output.trim().split('\n').at(-1) ?? '').replace(/\.$/, '');
  throw new UserError(
    'bad-file',
    t('The package {0} could not be unpacked: {1}.', requirement, reason),
    t('Try again.'),
  );
}

/** For content that is not what the hash promises: nothing of it is kept. */
export function wrongContent({ requirement }: Wheel, what: string): UserError {
  return new UserError(
    'bad-file',
    t('{0} the Python package {1} is not the one it should be (its SHA-256 differs).', what, requirement),
    t('Check which package index pip uses.'),
  );
}

function downloadError(
  { requirement, content, otherwise = '' }: Wheel,
  output: string,
  work: string,
): UserError {
  if (isNoSpace(output)) return noSpace(work);
  const reason = output.match(/^ERROR: (.+?)\.?$/m)?.[1] ?? t('pip gave no reason');
  return new UserError(
    'network',
    t('pip could not download {0} ({1}): {2}.', content, requirement, reason),
    t('Check the connection and the package index that pip uses{0}.', otherwise),
  );
}

const isNoSpace = (output: string): boolean => /No space left|Errno 28/i.test(output);

function noSpace(work: string): UserError {
  return writeError(Object.assign(new Error('no space'), { code: 'ENOSPC' }), path.dirname(work));
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
