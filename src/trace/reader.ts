import fs from 'node:fs';
import { UserError } from '../errors';
import { readFault } from './files';
import { TraceCollector, type Trace } from './parse';

/** Bytes. Longer than any line of a trace (64 rows of 64 nodes take 20 kB) and short enough to hold. */
export const LONGEST_LINE = 1 << 24;

/**
 * Reads a trace file line by line, so that its size is bounded by its rounds and not by its text.
 *
 * @throws UserError `bad-file` when it cannot be read or is no trace; a file that was cut off is `truncated`
 */
export async function readTrace(path: string): Promise<Trace> {
  const stream = fs.createReadStream(path);
  try {
    return await readTraceStream(stream as AsyncIterable<Uint8Array>, path);
  } catch (error) {
    throw error instanceof UserError ? error : readFault(path, error);
  } finally {
    stream.destroy();
  }
}

/**
 * Reads a trace that arrives in pieces, which may end anywhere, even inside a character.
 *
 * @param name what errors call it
 */
export async function readTraceStream(pieces: AsyncIterable<Uint8Array>, name: string): Promise<Trace> {
  const trace = new TraceCollector(name);
  const decoder = new TextDecoder();
  let rest = '';
  const take = (text: string) => {
    // Only new text is searched, so that a long line costs its length once and not once a piece.
    const lines = text.split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? '';
    for (const line of lines) trace.push(line);
    if (rest.length > LONGEST_LINE) throw trace.endless(LONGEST_LINE >> 20);
  };
  for await (const piece of pieces) take(decoder.decode(piece, { stream: true }));
  take(decoder.decode());
  return trace.finish(rest);
}
