import type { z } from 'zod';
import { UserError } from '../errors';
import { roundFault, succession } from './invariants';
import { headerSchema, roundSchema, summarySchema, TRACE_SCHEMA } from './schema';
import type { Round, TraceHeader, TraceSummary } from './schema';

/** A trace as it was read. */
export interface Trace {
  readonly header: TraceHeader;
  readonly rounds: readonly Round[];
  /** What the engine wrote at the end; null in a trace that was cut off. */
  readonly summary: TraceSummary | null;
  /** Whether the file ends before its summary: it was cut off, or the engine was ended. */
  readonly truncated: boolean;
  /** For a truncated trace, where it ends, as one clause; otherwise empty. */
  readonly reason: string;
}

/**
 * Reads a trace line by line. Half a line at the end is what a killed writer leaves, so it ends the trace
 * without being an error; anything else that is not a trace is a `bad-file` error that names file and line.
 */
export class TraceParser {
  private header: TraceHeader | null = null;
  private readonly rounds: Round[] = [];
  private summary: TraceSummary | null = null;
  private follows: (round: Round) => string | null = () => null;
  private line = 0;

  /** @param name what errors call the file */
  constructor(private readonly name: string) {}

  /** A whole line, without its line feed. */
  push(text: string): void {
    this.line += 1;
    if (text.trim() === '') return;
    const value = parseJson(text);
    if (this.header === null) this.header = this.readHeader(value);
    else if (value === undefined) throw this.broken('is not JSON');
    else this.readNext(value);
  }

  /**
   * @param rest what stands after the last line feed: empty in a whole file, and perhaps half a line otherwise
   */
  finish(rest: string): Trace {
    const halfLine = rest.trim() !== '' && parseJson(rest) === undefined;
    if (!halfLine) this.push(rest);
    else this.line += 1;
    if (this.header === null) throw halfLine ? this.headless(rest) : this.empty();
    if (halfLine && this.summary !== null) throw this.broken('stands after the summary');
    const truncated = this.summary === null;
    return {
      header: this.header,
      rounds: this.rounds,
      summary: this.summary,
      truncated,
      reason: truncated ? this.whereItEnds(halfLine) : '',
    };
  }

  private readHeader(value: unknown): TraceHeader {
    if (!isObject(value) || value.type !== 'header' || typeof value.schema !== 'string') throw this.noTrace();
    if (value.schema !== TRACE_SCHEMA) {
      if (!value.schema.startsWith('spectrace/')) throw this.noTrace();
      throw new UserError(
        'bad-file',
        `${this.name} is a trace of another version, ${value.schema}; this Draftscope reads ${TRACE_SCHEMA}.`,
        'Open it with the version that wrote it, or record it again.',
      );
    }
    const header = this.check(headerSchema, value);
    this.follows = succession(header);
    return header;
  }

  private readNext(value: unknown): void {
    if (this.summary !== null) throw this.broken('stands after the summary');
    const type = isObject(value) ? value.type : undefined;
    if (type === 'summary') {
      this.summary = this.check(summarySchema, value);
      return;
    }
    if (type !== 'round') throw this.broken('is neither a round nor the summary');
    const round = this.check(roundSchema, value);
    const fault = roundFault(round) ?? this.follows(round);
    if (fault !== null) throw this.broken(`breaks a rule of the format: ${fault}`);
    this.rounds.push(round);
  }

  private check<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const field = issue.path.length === 0 ? 'the line' : `\`${issue.path.join('.')}\``;
    throw this.broken(`breaks the format at ${field} (${issue.message})`);
  }

  private whereItEnds(halfLine: boolean): string {
    const { length } = this.rounds;
    const where = length === 0 ? 'before its first round ended' : `after round ${length - 1}`;
    return halfLine ? `the file is cut off ${where}, inside line ${this.line}` : `the file ends ${where}`;
  }

  private broken(what: string): UserError {
    return new UserError(
      'bad-file',
      `Line ${this.line} of ${this.name} ${what}.`,
      'The file was changed or damaged: take another copy, or record the trace again.',
    );
  }

  private noTrace(): UserError {
    return new UserError(
      'bad-file',
      `${this.name} is not a trace: line ${this.line} is not the header of ${TRACE_SCHEMA}.`,
      'Choose a file that ends with .spectrace.jsonl.',
    );
  }

  private empty(): UserError {
    return new UserError('bad-file', `${this.name} is empty.`, 'Record the trace again.');
  }

  /** A single piece of a line: a trace that was cut off inside its header, or something else altogether. */
  private headless(rest: string): UserError {
    if (!/^\s*\{\s*("|$)/.test(rest)) return this.noTrace();
    return new UserError(
      'bad-file',
      `${this.name} is cut off inside its header (line ${this.line}), so it holds no round.`,
      'Record the trace again.',
    );
  }
}

/** Reads a trace from its whole text, decoded from UTF-8 without a byte order mark. */
export function parseTrace(text: string, name: string): Trace {
  const parser = new TraceParser(name);
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const line of lines) parser.push(line);
  return parser.finish(rest);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** undefined for text that is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
