import { open, stat } from 'node:fs/promises';
import { readFault } from './files';

/** A file that is read in places, from wherever it lies. */
export interface ByteSource {
  readonly size: number;
  /** Bytes `[start, end)`, fewer only where the file has become shorter. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** @throws UserError `bad-file` */
export async function fileBytes(path: string): Promise<ByteSource> {
  try {
    const { size } = await stat(path);
    return { size, read: (start, end) => readFile(path, start, end) };
  } catch (error) {
    throw readFault(path, error);
  }
}

/** A file that its provider hands out only as a whole. */
export function heldBytes(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: async (start, end) => {
      // Whoever reads all of it piece by piece lets others have their turn between two.
      await new Promise((turn) => setTimeout(turn));
      return bytes.subarray(start, end);
    },
  };
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
