import { chromeTrace } from '../trace/chromeTrace';
import { extentSentence } from '../trace/extent';
import { writeNewFile } from '../trace/files';
import { extentOf, laterVersionText, type Trace } from '../trace/parse';
import { readTrace } from '../trace/reader';
import { htmlReport } from '../trace/report/htmlReport';
import { RoundsCsv } from '../trace/roundsCsv';
import { finish } from '../trace/steps';
import type { Changes } from '../trace/whatIf/setting';
import { printable } from './format';
import { EXIT, type Io } from './io';
import {
  comparisonAnswer,
  findingsAnswer,
  statisticsAnswer,
  whatIfAnswer,
  type Answer,
} from './traceAnswers';
import { traceReport } from './traceReport';

export interface TraceOptions {
  readonly json: boolean;
  /** What to tell in place of the summary. */
  readonly findings: boolean;
  readonly statistics: boolean;
  readonly whatIf: readonly Changes[];
  /** Another trace file. */
  readonly compare?: string;
  /** Where to write the trace in other forms. */
  readonly chrome?: string;
  readonly csv?: string;
  readonly html?: string;
}

/**
 * Sums up a trace file from its rounds, or answers what was asked of it, for people or as JSON, and exports it.
 *
 * @returns the exit code
 */
export async function traceCommand(file: string, options: TraceOptions, io: Io): Promise<number> {
  const csv = new RoundsCsv();
  const trace = await readTrace(file, options.csv === undefined ? {} : { visit: csv.add });
  const answers = await answersOf(file, trace, options);
  if (answers.length > 0) tell(answers, trace, options.json, io);
  else summariseFor(trace, options.json, io);
  if (trace.truncated) {
    io.stderr(`${file} is not whole: ${trace.reason}. The rounds that are there are counted.\n`);
  }
  if (trace.laterVersion !== null) io.stderr(`${file}: ${laterVersionText(trace.laterVersion)}\n`);
  for (const doubt of trace.doubts) io.stderr(`${file} contradicts itself. ${doubt}\n`);
  await exportTo(file, trace, csv, options, io);
  return EXIT.ok;
}

async function answersOf(file: string, trace: Trace, options: TraceOptions): Promise<Answer[]> {
  const answers: Answer[] = [];
  if (options.findings) answers.push(findingsAnswer(trace));
  if (options.statistics) answers.push(statisticsAnswer(trace));
  if (options.whatIf.length > 0) answers.push(whatIfAnswer(trace, options.whatIf, file));
  if (options.compare !== undefined) answers.push(await comparisonAnswer(trace, file, options.compare));
  return answers;
}

function tell(answers: readonly Answer[], trace: Trace, json: boolean, io: Io): void {
  const about = extentOf(trace);
  const part = extentSentence(about);
  if (!json) {
    const texts = [...(part === '' ? [] : [`${part}\n`]), ...answers.map(({ text }) => text)];
    return io.stdout(printable(texts.join('\n')));
  }
  const values = Object.fromEntries(answers.map(({ name, value }) => [name, value]));
  io.stdout(
    `${JSON.stringify({ ...values, ...(part === '' ? {} : { about }), truncated: trace.truncated })}\n`,
  );
}

function summariseFor(trace: Trace, json: boolean, io: Io): void {
  const finishReason = trace.summary?.finishReason ?? null;
  const summary = { ...trace.counts, finishReason };
  if (json) io.stdout(`${JSON.stringify({ ...summary, truncated: trace.truncated })}\n`);
  else io.stdout(printable(traceReport(trace.header, summary)));
}

async function exportTo(
  file: string,
  trace: Trace,
  rows: RoundsCsv,
  { chrome, csv, html }: TraceOptions,
  io: Io,
): Promise<void> {
  const about = extentSentence(extentOf(trace));
  const remark = about === '' ? '' : ` ${about}`;
  if (chrome !== undefined) {
    await writeNewFile(chrome, JSON.stringify(chromeTrace(trace.header, trace.rounds, trace.counts.rounds)));
    io.stderr(`Wrote ${chrome}. Open it in Perfetto or speedscope.${remark}\n`);
  }
  if (csv !== undefined) {
    await writeNewFile(csv, rows.text);
    io.stderr(`Wrote ${csv}, a line for each round.\n`);
  }
  if (html !== undefined) {
    await writeNewFile(html, finish(htmlReport(trace, file)));
    io.stderr(`Wrote ${html}. Open it in a browser.${remark}\n`);
  }
}
