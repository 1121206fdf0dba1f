import { UserError } from '../errors';

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether a file system call failed because the path is not there. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error));
}

/** Whether a folder could not be renamed because another one has its name. */
export function isOccupied(error: unknown): boolean {
  return ['ENOTEMPTY', 'EEXIST'].includes(systemCode(error));
}

/** Says why `path` could not be read. Errors that are the user's already pass through. */
export function readError(error: unknown, path: string): UserError {
  if (error instanceof UserError) return error;
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError('bad-file', `There is no ${path}.`, 'Check the path.', { cause: error });
    case 'EISDIR':
      return new UserError('bad-file', `${path} is a folder, not a file.`, 'Check the path.', {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new UserError('disk', `There is no permission to read ${path}.`, 'Change its permissions.', {
        cause: error,
      });
    default:
      return new UserError('disk', `${path} could not be read: ${messageOf(error)}.`, 'Check the disk.', {
        cause: error,
      });
  }
}

/** Says why something could not be written to `folder`. Errors that are the user's already pass through. */
export function writeError(error: unknown, folder: string): UserError {
  if (error instanceof UserError) return error;
  const elsewhere = 'or set DRAFTSCOPE_CACHE to another folder.';
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError('disk', `There is no space left for ${folder}.`, `Free some ${elsewhere}`, {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(
        'disk',
        `There is no permission to write to ${folder}.`,
        `Change its permissions ${elsewhere}`,
        { cause: error },
      );
    default:
      return new UserError(
        'disk',
        `${folder} could not be written: ${messageOf(error)}.`,
        `Check the disk ${elsewhere}`,
        {
          cause: error,
        },
      );
  }
}

/** The text of an error without its final full stop, so that it can end a sentence. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
