import { TraceCollector, type ReadOptions, type Trace } from './parse';

/** Bytes. Longer than any line of a trace (64 rows of 64 nodes take 20 kB) and short enough to hold. */
export const LONGEST_LINE = 1 << 24;

/**
 * Reads a trace that arrives in pieces, which may end anywhere, even inside a character, line by line: of a
 * long one only the beginning is held.
 *
 * @param name what errors call it
 * @throws UserError `bad-file` when it is no trace; one that was cut off is `truncated`
 */
export async function readTraceStream(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  options?: ReadOptions,
): Promise<Trace> {
  const trace = new TraceCollector(name, options);
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
