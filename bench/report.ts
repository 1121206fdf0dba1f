import os from 'node:os';
import { markdownTable, type Row } from './table';

/** What a benchmark found. The names of its figures are explained in README.md beside this file. */
export interface Report {
  readonly figures: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
  /** Of the figures, those that Markdown shows too; without it, all. */
  readonly headline?: readonly string[];
  /** Sentences below the table. */
  readonly notes?: readonly string[];
}

/** What every figure depends on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
}

export function thisMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    platform: process.platform,
  };
}

/** The report as one line of JSON, or as a Markdown table with the figures below it. */
export function reportText(report: Report, machine: Machine, json: boolean): string {
  const { figures, rows, headline = Object.keys(figures), notes = [] } = report;
  if (json) return JSON.stringify({ machine, figures, rows });
  const listed = headline.map((figure) => ({ figure, value: significant(figures[figure]) }));
  const title = `${machine.cpu}, ${machine.cores} cores`;
  return [title, markdownTable(rows), ...notes, markdownTable(listed)]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Says on stderr how far a benchmark is: stdout is the report's alone. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function significant(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
