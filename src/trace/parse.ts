import type { z } from 'zod';
import { UserError } from '../errors';
import { t } from '../l10n';
import { Doubts } from './doubts';
import { MOST_ROWS, type Extent } from './extent';
import { roundFault, sizeFault, succession } from './invariants';
import { verifiedRows } from './roundFacts';
import { checkRound, headerSchema, summarySchema, TRACE_SCHEMA } from './schema';
import type { Round, TraceHeader, TraceLine, TraceSummary } from './schema';
import { RoundCounter, type Recount } from './summary';

/** A trace as it was read. */
export interface Trace {
  readonly header: TraceHeader;
  /** All rounds, or the first ones where they are too many to hold. */
  readonly rounds: readonly Round[];
  /** What all rounds add up to. */
  readonly counts: Recount;
  /** What it says that cannot all be true, a sentence each. */
  readonly doubts: readonly string[];
  /** A later version that wrote it, null for this one. */
  readonly laterVersion: string | null;
  /** What the engine wrote at the end; null in a trace that was cut off. */
  readonly summary: TraceSummary | null;
  /** Whether the file ends before its summary: it was cut off, or the engine was ended. */
  readonly truncated: boolean;
  /** For a truncated trace, where it ends, as one clause; otherwise empty. */
  readonly reason: string;
}

/** The rounds that are held: what is concluded from a trace is about them. */
export function extentOf({ rounds, counts }: Pick<Trace, 'rounds' | 'counts'>): Extent {
  return { rounds: rounds.length, of: counts.rounds };
}

/** How a trace ends: what a `Trace` says of it. */
export type TraceEnd = Pick<Trace, 'summary' | 'truncated' | 'reason'>;

/** What is to be said of a trace that a later version wrote, as a sentence. */
export function laterVersionText(version: string): string {
  return t(
    'A later version wrote this trace ({0}): what this Draftscope does not know of it is left out.',
    version,
  );
}

/**
 * Checks a trace line by line, and keeps no round of it. What a later version wrote is read as far as it still means
 * the same. Half a line at the end is what a killed writer leaves,
 * so it ends the trace without being an error; anything else that is not a trace is a `bad-file` error that
 * names file and line.
 */
export class TraceParser {
  private headerRead: TraceHeader | null = null;
  private summary: TraceSummary | null = null;
  private follows: (round: Round) => string | null = () => null;
  private rounds = 0;
  private line = 0;
  private schema: string = TRACE_SCHEMA;

  /** @param name what errors call the file */
  constructor(private readonly name: string) {}

  get header(): TraceHeader | null {
    return this.headerRead;
  }

  /** The later version that wrote the trace, null for this one. */
  get laterVersion(): string | null {
    return this.schema === TRACE_SCHEMA ? null : this.schema;
  }

  /**
   * A whole line, without its line feed.
   *
   * @returns what it holds, null for a blank one
   */
  push(text: string): TraceLine | null {
    this.line += 1;
    if (text.trim() === '') return null;
    const value = parseJson(text);
    if (this.headerRead === null) return (this.headerRead = this.readHeader(value));
    if (value === undefined) throw this.broken(t('is not JSON'));
    return this.readNext(value);
  }

  /** Whether what stands after the last line feed is a line that was cut off. */
  isHalfLine(rest: string): boolean {
    return rest.trim() !== '' && parseJson(rest) === undefined;
  }

  /**
   * How the trace ends when nothing follows any more; it may go on afterwards all the same.
   *
   * @param half what stands after the last line feed: blank, or half a line
   */
  end(half: string): TraceEnd {
    const halfLine = half.trim() !== '';
    if (this.headerRead === null) throw halfLine ? this.headless(half) : this.empty();
    if (halfLine && this.summary !== null) throw this.broken(t('stands after the summary'), 1);
    const truncated = this.summary === null;
    return { summary: this.summary, truncated, reason: truncated ? this.whereItEnds(halfLine) : '' };
  }

  /** The line after the last one that was read is longer than any line of a trace. */
  endless(mebibytes: number): UserError {
    if (this.headerRead !== null) return this.broken(t('is longer than {0} MiB', mebibytes), 1);
    return new UserError(
      'bad-file',
      t('{0} is not a trace: it has a line of more than {1} MiB.', this.name, mebibytes),
      t('Choose a file that ends with .spectrace.jsonl.'),
    );
  }

  private readHeader(value: unknown): TraceHeader {
    if (!isObject(value) || value.type !== 'header' || typeof value.schema !== 'string') throw this.noTrace();
    this.schema = value.schema;
    if (value.schema !== TRACE_SCHEMA) {
      if (!value.schema.startsWith('spectrace/')) throw this.noTrace();
      if (isLater(value.schema)) return this.begin({ ...value, schema: TRACE_SCHEMA });
      throw new UserError(
        'bad-file',
        t(
          '{0} is a trace of another version, {1}; this Draftscope reads {2}.',
          this.name,
          value.schema,
          TRACE_SCHEMA,
        ),
        t('Open it with the version that wrote it, or record it again.'),
      );
    }
    return this.begin(value);
  }

  private begin(value: unknown): TraceHeader {
    const header = this.checked(headerSchema.safeParse(value));
    this.follows = succession(header);
    return header;
  }

  private readNext(value: unknown): TraceLine {
    if (this.summary !== null) throw this.broken(t('stands after the summary'));
    const type = isObject(value) ? value.type : undefined;
    if (type === 'summary') return (this.summary = this.checked(summarySchema.safeParse(value)));
    if (!isObject(value) || type !== 'round') throw this.broken(t('is neither a round nor the summary'));
    const size = sizeFault(value);
    if (size !== null) throw this.broken(size);
    const round = this.checked(checkRound(value));
    const fault = roundFault(round) ?? this.follows(round);
    if (fault !== null) throw this.broken(t('breaks a rule of the format: {0}', fault));
    this.rounds += 1;
    return round;
  }

  private checked<T>(result: z.ZodSafeParseResult<T>): T {
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const field = issue.path.length === 0 ? t('the line') : `\`${issue.path.join('.')}\``;
    throw this.broken(t('breaks the format at {0} ({1})', field, issue.message));
  }

  private whereItEnds(halfLine: boolean): string {
    const where =
      this.rounds === 0 ? t('before its first round ended') : t('after round {0}', this.rounds - 1);
    return halfLine
      ? t('the file is cut off {0}, inside line {1}', where, this.line + 1)
      : t('the file ends {0}', where);
  }

  /** @param after lines after the one that was read last */
  private broken(what: string, after = 0): UserError {
    return new UserError(
      'bad-file',
      t('Line {0} of {1} {2}.', this.line + after, this.name, what),
      t('The file was changed or damaged: take another copy, or record the trace again.'),
    );
  }

  /** @param after lines after the one that was read last */
  private noTrace(after = 0): UserError {
    return new UserError(
      'bad-file',
      t('{0} is not a trace: line {1} is not the header of {2}.', this.name, this.line + after, TRACE_SCHEMA),
      t('Choose a file that ends with .spectrace.jsonl.'),
    );
  }

  private empty(): UserError {
    return new UserError('bad-file', t('{0} is empty.', this.name), t('Record the trace again.'));
  }

  /** A single piece of a line: a trace that was cut off inside its header, or something else altogether. */
  private headless(rest: string): UserError {
    if (!/^\s*\{\s*("|$)/.test(rest)) return this.noTrace(1);
    return new UserError(
      'bad-file',
      t('{0} is cut off inside its header (line {1}), so it holds no round.', this.name, this.line + 1),
      t('Record the trace again.'),
    );
  }
}

/** How a trace is read from its start to its end. */
export interface ReadOptions {
  /** Told of every round, those that are too many to hold included. */
  readonly visit?: (round: Round) => void;
  /** Rows of forwards whose rounds are held. */
  readonly most?: number;
}

/** The rounds of a trace that is read from its start to its end: counted all, held as far as they can be. */
export class TraceCollector {
  private readonly parser: TraceParser;
  private readonly rounds: Round[] = [];
  private readonly counter = new RoundCounter();
  private readonly doubts = new Doubts();
  private rows = 0;

  constructor(
    name: string,
    private readonly options: ReadOptions = {},
  ) {
    this.parser = new TraceParser(name);
  }

  push(text: string): void {
    const line = this.parser.push(text);
    if (line?.type === 'round') this.take(line);
  }

  /** @param rest what stands after the last line feed */
  finish(rest: string): Trace {
    const half = this.parser.isHalfLine(rest);
    if (!half) this.push(rest);
    const end = this.parser.end(half ? rest : '');
    // `end` refuses what has no header.
    const header = this.parser.header!;
    const counts = this.counter.recount(header);
    const doubts = this.doubts.found(end.summary, counts);
    const { laterVersion } = this.parser;
    return { header, rounds: this.rounds, counts, doubts, laterVersion, ...end };
  }

  endless(mebibytes: number): UserError {
    return this.parser.endless(mebibytes);
  }

  private take(round: Round): void {
    const { visit, most = MOST_ROWS } = this.options;
    this.counter.add(round);
    this.doubts.add(round);
    visit?.(round);
    // A round that is left out leaves out all after it.
    if (this.rows >= most) return;
    this.rows += verifiedRows(round);
    this.rounds.push(round);
  }
}

/** Reads a trace from its whole text, decoded from UTF-8 without a byte order mark. */
export function parseTrace(text: string, name: string, options?: ReadOptions): Trace {
  const trace = new TraceCollector(name, options);
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  for (const line of lines) trace.push(line);
  return trace.finish(rest);
}

function isLater(schema: string): boolean {
  const version = (name: string) => Number(/^spectrace\/(\d+)$/.exec(name)?.[1]);
  return version(schema) > version(TRACE_SCHEMA);
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
