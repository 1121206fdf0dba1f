import { open, stat } from 'node:fs/promises';
import type { ByteSource } from './byteSource';
import { readFault } from './files';

/**
 * A file of this machine.
 *
 * @throws UserError `bad-file`
 */
export async function fileBytes(path: string): Promise<ByteSource> {
  try {
    const { size } = await stat(path);
    return { size, held: 0, read: (start, end) => readFile(path, start, end) };
  } catch (error) {
    throw readFault(path, error);
  }
}

/** Opened anew each time: a file that is looked at for hours must not stay open, and may be replaced. */
async function readFile(path: string, start: number, end: number): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readFault(path, error);
  }
}
