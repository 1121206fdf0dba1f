import { chromeTrace } from '../trace/chromeTrace';
import { writeNewFile } from '../trace/files';
import { readTrace } from '../trace/reader';
import { recount } from '../trace/summary';
import { EXIT, type Io } from './io';
import { traceReport } from './traceReport';

export interface TraceOptions {
  readonly json: boolean;
  /** Where to write the trace as Chrome Trace Event JSON. */
  readonly chrome?: string;
}

/**
 * Sums up a trace file from its rounds, for people or as JSON, and exports it.
 *
 * @returns the exit code
 */
export async function traceCommand(file: string, options: TraceOptions, io: Io): Promise<number> {
  const trace = await readTrace(file);
  const finishReason = trace.summary?.finishReason ?? null;
  const summary = { ...recount(trace.header, trace.rounds), finishReason };
  if (options.json) io.stdout(`${JSON.stringify({ ...summary, truncated: trace.truncated })}\n`);
  else io.stdout(traceReport(trace.header, summary));
  if (trace.truncated) {
    io.stderr(`${file} is not whole: ${trace.reason}. The rounds that are there are counted.\n`);
  }
  if (options.chrome !== undefined) {
    await writeNewFile(options.chrome, JSON.stringify(chromeTrace(trace.header, trace.rounds)));
    io.stderr(`Wrote ${options.chrome}. Open it in Perfetto or speedscope.\n`);
  }
  return EXIT.ok;
}
