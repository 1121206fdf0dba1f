import { mkdir, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { t } from '../l10n';

/** The error number's name, such as `ENOSPC`, of something the file system threw. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Why `path` could not be written, in the user's terms. */
export function writeFault(path: string, error: unknown): UserError {
  const options = { cause: error };
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(
        'disk',
        t('There is no space left to write {0}.', path),
        t('Free some space.'),
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(
        'disk',
        t('{0} may not be written.', path),
        t('Choose a place that you may write to.'),
        options,
      );
    case 'EISDIR':
      return new UserError('disk', t('{0} is a folder.', path), t('Name a file in it.'), options);
    // Making a folder says the second when a part of its path is a file.
    case 'ENOTDIR':
    case 'EEXIST':
      return new UserError(
        'disk',
        t('{0} cannot be made, because part of its path is a file.', path),
        t('Choose another place.'),
        options,
      );
    default:
      return new UserError(
        'disk',
        t('{0} could not be written ({1}).', path, codeOf(error) || String(error)),
        t('Choose another place.'),
        options,
      );
  }
}

/** Why `path` could not be read, in the user's terms. */
export function readFault(path: string, error: unknown): UserError {
  const options = { cause: error };
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError('bad-file', t('{0} does not exist.', path), t('Check the path.'), options);
    case 'EISDIR':
      return new UserError('bad-file', t('{0} is a folder.', path), t('Name a file in it.'), options);
    case 'EACCES':
    case 'EPERM':
      return new UserError('bad-file', t('{0} may not be read.', path), t('Check its permissions.'), options);
    default:
      return new UserError(
        'bad-file',
        t('{0} could not be read ({1}).', path, codeOf(error) || String(error)),
        t('Check the path.'),
        options,
      );
  }
}

/**
 * Writes a file that is not there yet, whole or not at all, and makes the folders it lies in.
 *
 * @throws UserError `usage` when it exists, `disk` when it cannot be written
 */
export async function writeNewFile(file: string, text: string): Promise<void> {
  let made = false;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'wx');
    made = true;
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (made) await rm(file, { force: true });
    else if (codeOf(error) === 'EEXIST' && (await isThere(file))) {
      throw new UserError(
        'usage',
        t('{0} exists already.', file),
        t('Choose another name, or move it away.'),
        {
          cause: error,
        },
      );
    }
    throw writeFault(file, error);
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
