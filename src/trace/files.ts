import { UserError } from '../errors';

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
      return new UserError('disk', `There is no space left to write ${path}.`, 'Free some space.', options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(
        'disk',
        `${path} may not be written.`,
        'Choose a place that you may write to.',
        options,
      );
    case 'EISDIR':
      return new UserError('disk', `${path} is a folder.`, 'Name a file in it.', options);
    case 'ENOTDIR':
      return new UserError(
        'disk',
        `${path} cannot be made, because part of its path is a file.`,
        'Choose another place.',
        options,
      );
    default:
      return new UserError(
        'disk',
        `${path} could not be written (${codeOf(error) || String(error)}).`,
        'Choose another place.',
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
      return new UserError('bad-file', `${path} does not exist.`, 'Check the path.', options);
    case 'EISDIR':
      return new UserError('bad-file', `${path} is a folder.`, 'Name a file in it.', options);
    case 'EACCES':
    case 'EPERM':
      return new UserError('bad-file', `${path} may not be read.`, 'Check its permissions.', options);
    default:
      return new UserError(
        'bad-file',
        `${path} could not be read (${codeOf(error) || String(error)}).`,
        'Check the path.',
        options,
      );
  }
}
