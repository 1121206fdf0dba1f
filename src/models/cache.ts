import envPaths from 'env-paths';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { isMissing, isOccupied, writeError } from './fileErrors';

/**
 * The folder of downloaded and converted models: the platform's usual one, or what DRAFTSCOPE_CACHE says.
 * Everything in it can be deleted while nothing runs; it is made again when it is needed.
 *
 * Several runs may fill it at once. Each works under a name of its own (`partialName`) in the folder of the
 * finished file and renames at the end, so a finished name always stands for a whole file, and the later of
 * two equal results replaces the earlier one.
 */
export function cacheFolder(): string {
  const chosen = process.env.DRAFTSCOPE_CACHE;
  return chosen ? path.resolve(chosen) : envPaths('draftscope', { suffix: '' }).cache;
}

/** Longest time that an unfinished file of another machine (a shared home folder) is left in peace. */
const FOREIGN_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** `<finished name>.<machine>-<process>-<random>.partial`; process 0 is nobody: free to be taken over. */
const PARTIAL = /^(?<finished>.+)\.(?<machine>[0-9a-f]{8})-(?<pid>\d+)-[0-9a-f]{8}\.partial$/;

const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

function partialName(finished: string, pid: number): string {
  return `${finished}.${machine}-${pid}-${randomBytes(4).toString('hex')}.partial`;
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Paths of the unfinished `finished` that no run works on any more. */
async function abandoned(finished: string): Promise<string[]> {
  const folder = path.dirname(finished);
  const names = await readdir(folder);
  const paths: string[] = [];
  for (const name of names) {
    const groups = PARTIAL.exec(name)?.groups;
    if (groups?.finished !== path.basename(finished)) continue;
    const candidate = path.join(folder, name);
    const pid = Number(groups.pid);
    if (groups.machine === machine) {
      if (pid === 0 || !isAlive(pid)) paths.push(candidate);
    } else if (pid === 0 || (await age(candidate)) > FOREIGN_LIFETIME_MS) paths.push(candidate);
  }
  return paths;
}

async function age(file: string): Promise<number> {
  const found = await stat(file).catch(() => null);
  return found === null ? 0 : Date.now() - found.mtimeMs;
}

/**
 * A name for work on `finished`, in its folder, which is made. What dead runs left of it is removed.
 *
 * @throws UserError `disk`
 */
export async function startPartial(finished: string): Promise<string> {
  const folder = path.dirname(finished);
  try {
    await mkdir(folder, { recursive: true });
    for (const leftover of await abandoned(finished)) await rm(leftover, { recursive: true, force: true });
  } catch (error) {
    throw writeError(error, folder);
  }
  return partialName(finished, process.pid);
}

/**
 * Like `startPartial`, but takes over the longest abandoned part instead of removing it. The rename that
 * takes it succeeds for one run only, so two never append to the same file.
 *
 * @returns the name and how many bytes are there already
 * @throws UserError `disk`
 */
export async function resumePartial(finished: string): Promise<{ partial: string; bytes: number }> {
  const folder = path.dirname(finished);
  const partial = partialName(finished, process.pid);
  try {
    await mkdir(folder, { recursive: true });
    const candidates: { file: string; bytes: number }[] = [];
    for (const file of await abandoned(finished)) {
      const found = await stat(file).catch(() => null);
      if (found?.isFile()) candidates.push({ file, bytes: found.size });
    }
    candidates.sort((a, b) => b.bytes - a.bytes);
    for (const { file, bytes } of candidates) {
      try {
        await rename(file, partial);
        return { partial, bytes };
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    }
  } catch (error) {
    throw writeError(error, folder);
  }
  return { partial, bytes: 0 };
}

/** Leaves an unfinished file for whoever comes next, this process included. */
export async function releasePartial(partial: string): Promise<void> {
  const finished = PARTIAL.exec(path.basename(partial))?.groups?.finished;
  if (finished === undefined) throw new Error(`not a partial name: ${partial}`);
  const free = path.join(path.dirname(partial), partialName(finished, 0));
  await rename(partial, free).catch((error: unknown) => {
    if (!isMissing(error)) throw writeError(error, path.dirname(partial));
  });
}

/**
 * Puts finished work in its place: flushed to the disk first, so that a crash cannot leave an empty file
 * under the finished name.
 *
 * @throws UserError `disk`
 */
export async function finishPartial(partial: string, finished: string): Promise<void> {
  try {
    await flush(partial);
    await rename(partial, finished);
  } catch (error) {
    // A concurrent run may have finished the same work, and some systems refuse to replace a file in use.
    const other = await stat(finished).catch(() => null);
    const own = await stat(partial).catch(() => null);
    const same = other !== null && own !== null && other.isFile() && other.size === own.size;
    await rm(partial, { recursive: true, force: true });
    if (!same) throw writeError(error, path.dirname(finished));
  }
}

/**
 * Puts a finished folder in its place, every file in it flushed first.
 *
 * @throws UserError `disk`
 */
export async function finishPartialFolder(partial: string, finished: string): Promise<void> {
  try {
    for (const entry of await readdir(partial, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await flush(path.join(entry.parentPath, entry.name));
    }
    await rename(partial, finished);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // A concurrent run has finished the same work.
    if (!isOccupied(error)) throw writeError(error, path.dirname(finished));
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file whole or not at all.
 *
 * @param write fills the file whose name it is given; what it resolves to is handed on
 * @throws UserError `disk`, or what `write` throws that is the user's
 */
export async function writeAtomically<T>(
  finished: string,
  write: (partial: string) => Promise<T>,
): Promise<T> {
  const partial = await startPartial(finished);
  let result: T;
  try {
    result = await write(partial);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw writeError(error, path.dirname(finished));
  }
  await finishPartial(partial, finished);
  return result;
}
