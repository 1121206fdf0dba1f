import fs from 'node:fs';
import { UserError } from '../errors';
import { readFault } from './files';
import type { ReadOptions, Trace } from './parse';
import { readTraceStream } from './streamReader';

/**
 * Reads a trace file of this machine.
 *
 * @throws UserError `bad-file` when it cannot be read or is no trace; a file that was cut off is `truncated`
 */
export async function readTrace(path: string, options?: ReadOptions): Promise<Trace> {
  const stream = fs.createReadStream(path);
  try {
    return await readTraceStream(stream as AsyncIterable<Uint8Array>, path, options);
  } catch (error) {
    throw error instanceof UserError ? error : readFault(path, error);
  } finally {
    stream.destroy();
  }
}
