import { open, type FileHandle } from 'node:fs/promises';
import { UserError } from '../errors';
import { t } from '../l10n';
import { readError } from './fileErrors';

/** A file that stays open, so that weights are read one by one and never all at once. */
export class BinaryFile {
  private constructor(
    readonly path: string,
    readonly bytes: number,
    private readonly handle: FileHandle,
  ) {}

  /** @throws UserError `bad-file` or `disk` */
  static async open(path: string): Promise<BinaryFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const found = await handle.stat();
      if (!found.isFile())
        throw new UserError('bad-file', t('{0} is not a file.', path), t('Check the path.'));
      return new BinaryFile(path, found.size, handle);
    } catch (error) {
      await handle?.close();
      throw readError(error, path);
    }
  }

  /**
   * Reads exactly `length` bytes into an array of their own, so that it can be viewed as numbers of any width.
   *
   * @throws UserError `bad-file` when the file has become shorter, `disk`
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    try {
      for (let done = 0; done < length;) {
        const { bytesRead } = await this.handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw truncatedError(this.path);
        done += bytesRead;
      }
    } catch (error) {
      throw readError(error, this.path);
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** The file ends before what it says it holds. */
export function truncatedError(path: string): UserError {
  return new UserError('bad-file', t('{0} is cut off.', path), t('Download or copy it again.'));
}
