import { UserError } from '../errors';
import { t } from '../l10n';

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
      return new UserError('bad-file', t('There is no {0}.', path), t('Check the path.'), { cause: error });
    case 'EISDIR':
      return new UserError('bad-file', t('{0} is a folder, not a file.', path), t('Check the path.'), {
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new UserError(
        'disk',
        t('There is no permission to read {0}.', path),
        t('Change its permissions.'),
        {
          cause: error,
        },
      );
    default:
      return new UserError(
        'disk',
        t('{0} could not be read: {1}.', path, messageOf(error)),
        t('Check the disk.'),
        {
          cause: error,
        },
      );
  }
}

/** Says why something could not be written to `folder`. Errors that are the user's already pass through. */
export function writeError(error: unknown, folder: string): UserError {
  if (error instanceof UserError) return error;
  const elsewhere = t('or set DRAFTSCOPE_CACHE to another folder.');
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(
        'disk',
        t('There is no space left for {0}.', folder),
        t('Free some {0}', elsewhere),
        {
          cause: error,
        },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(
        'disk',
        t('There is no permission to write to {0}.', folder),
        t('Change its permissions {0}', elsewhere),
        { cause: error },
      );
    default:
      return new UserError(
        'disk',
        t('{0} could not be written: {1}.', folder, messageOf(error)),
        t('Check the disk {0}', elsewhere),
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
