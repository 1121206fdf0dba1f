import { UserError } from '../errors';
import { decimal, t } from '../l10n';
import type { ByteSource } from './byteSource';
import { Columns } from './columns';
import { Doubts } from './doubts';
import { TraceParser, type TraceEnd } from './parse';
import { pushRound, roundColumns } from './roundColumns';
import type { RoundSource } from './roundSource';
import { checkRound, type Round, type TraceHeader } from './schema';
import { LONGEST_LINE } from './streamReader';
import { RoundCounter } from './summary';

/** Bytes that are read and checked before others have their turn: some milliseconds of work. */
const PIECE = 1 << 18;
/** Bytes of rounds that are read again at once, of more than one round. */
const MOST_READ = 1 << 20;
/** Rounds that are kept, some hundred megabytes here and in a view: more than any context has room for. */
const MOST_ROUNDS = 1 << 20;
const LINE_FEED = 10;

/** How far the reading of a trace has come. */
export interface IndexState {
  /** null until the first line is read. */
  readonly header: TraceHeader | null;
  /** A later version that wrote the trace, null for this one. */
  readonly laterVersion: string | null;
  /** null while there is more to read. */
  readonly end: TraceEnd | null;
  /** What is wrong with the line after the last round, as a sentence; null when nothing is. */
  readonly fault: string | null;
  /** What the trace says that cannot all be true, a sentence each; empty while there is more to read. */
  readonly doubts: readonly string[];
  /** Bytes of the file that are held in memory, where it is handed out only as a whole. */
  readonly held: number;
}

export interface IndexOptions {
  readonly signal?: AbortSignal;
  /** Told after every piece, in bytes. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * A trace file of any size: one pass checks every line and keeps of each round where its line stands and its
 * columns, about 100 bytes; a whole round is read again when it is asked for. A file that grew is read on from
 * where the last pass ended. What comes before a broken line is good, so a fault ends the trace and refuses
 * nothing, except in the header.
 */
export class TraceIndex implements RoundSource {
  readonly columns = roundColumns();
  private readonly lines = new Columns({ offset: Float64Array, bytes: Uint32Array });
  private readonly parser: TraceParser;
  private offset = 0;
  /** The last line that was read, to recognise the file by. */
  private last = { offset: 0, bytes: 0, text: '' };
  private first = '';
  private end: TraceEnd | null = null;
  private fault: string | null = null;
  private readonly counter = new RoundCounter();
  private readonly doubts = new Doubts();
  private doubted: readonly string[] = [];

  /** @param name what errors call the file */
  constructor(
    private source: ByteSource,
    private readonly name: string,
    private readonly most = MOST_ROUNDS,
  ) {
    this.parser = new TraceParser(name);
  }

  get state(): IndexState {
    const { end, fault, parser, source, doubted: doubts } = this;
    return {
      header: parser.header,
      laterVersion: parser.laterVersion,
      end,
      fault,
      doubts,
      held: source.held,
    };
  }

  held(): null {
    return null;
  }

  async read(first: number, last: number): Promise<readonly Round[]> {
    if (first >= last) return [];
    const { offset, bytes } = this.lines.column;
    const start = offset[first];
    const endOf = (round: number) => offset[round - 1] + bytes[round - 1];
    while (last > first + 1 && endOf(last) - start > MOST_READ) last = first + ((last - first) >> 1);
    const block = await this.source.read(start, endOf(last));
    const decoder = new TextDecoder();
    return Array.from({ length: last - first }, (_, i) => {
      const at = offset[first + i] - start;
      return this.roundOf(decoder.decode(block.subarray(at, at + bytes[first + i])), first + i);
    });
  }

  /**
   * Reads on to the end of what the file holds now.
   *
   * @throws UserError `bad-file` when it is no trace, `cancelled` when the signal said so; what was read stays
   */
  async advance({ signal, onProgress }: IndexOptions = {}): Promise<void> {
    this.end = null;
    let rest: Uint8Array = new Uint8Array(0);
    let at = this.offset;
    while (at < this.source.size && this.fault === null) {
      if (signal?.aborted === true) {
        throw new UserError(
          'cancelled',
          t('Reading {0} was stopped.', this.name),
          t('Open it again to read on.'),
        );
      }
      const piece = await this.source.read(at, Math.min(at + PIECE, this.source.size));
      if (piece.length === 0) break;
      at += piece.length;
      rest = this.takeLines(rest, piece);
      if (rest.length > LONGEST_LINE) this.stop(this.parser.endless(LONGEST_LINE >> 20));
      onProgress?.(at, this.source.size);
    }
    if (this.fault === null) this.finish(rest);
  }

  /**
   * Takes a newer state of the same file.
   *
   * @returns false when it is not the continuation of what was read
   */
  async continueWith(source: ByteSource): Promise<boolean> {
    if (this.fault !== null || this.first === '' || source.size < this.offset) return false;
    const decoder = new TextDecoder();
    const same = async (offset: number, bytes: number, text: string) =>
      decoder.decode(await source.read(offset, offset + bytes)) === text;
    const header = new TextEncoder().encode(this.first).length;
    if (!(await same(0, header, this.first))) return false;
    if (!(await same(this.last.offset, this.last.bytes, this.last.text))) return false;
    this.source = source;
    return true;
  }

  /** Reads all whole lines of `rest` and then `piece`, and returns what stands after the last line feed. */
  private takeLines(rest: Uint8Array, piece: Uint8Array): Uint8Array {
    let start = 0;
    let before = rest;
    for (let feed = piece.indexOf(LINE_FEED); feed >= 0; feed = piece.indexOf(LINE_FEED, start)) {
      const line = joined(before, piece.subarray(start, feed));
      before = new Uint8Array(0);
      start = feed + 1;
      this.takeLine(line, line.length + 1);
      if (this.fault !== null) return before;
    }
    return joined(before, piece.subarray(start));
  }

  /** @param length bytes to the next line */
  private takeLine(line: Uint8Array, length: number): void {
    const text = new TextDecoder().decode(line);
    try {
      const read = this.parser.push(text);
      if (read?.type === 'round') {
        if (this.columns.length >= this.most) throw this.tooLong();
        pushRound(this.columns, read);
        this.counter.add(read);
        this.doubts.add(read);
        this.lines.push({ offset: this.offset, bytes: line.length });
      }
      if (read?.type === 'header') this.first = text;
      if (read !== null) this.last = { offset: this.offset, bytes: line.length, text };
      this.offset += length;
    } catch (error) {
      this.stop(error);
    }
  }

  private finish(rest: Uint8Array): void {
    const text = new TextDecoder().decode(rest);
    const half = this.parser.isHalfLine(text);
    if (!half && text.trim() !== '') this.takeLine(rest, rest.length);
    if (this.fault !== null) return;
    try {
      this.end = this.parser.end(half ? text : '');
      this.doubt();
    } catch (error) {
      this.stop(error);
    }
  }

  private tooLong(): UserError {
    return new UserError(
      'bad-file',
      t('{0} has more than {1} rounds.', this.name, decimal(this.most)),
      t('Those that follow are left out.'),
    );
  }

  /** A fault after the header ends the trace there. */
  private stop(error: unknown): void {
    if (!(error instanceof UserError) || this.parser.header === null) throw error;
    this.fault = error.sentence;
    this.doubt();
  }

  /** Looks at what was read as a whole. */
  private doubt(): void {
    const { header } = this.parser;
    if (header === null) return;
    this.doubted = this.doubts.found(this.end?.summary ?? null, this.counter.recount(header));
  }

  /** The line was good when it was read first; a file that changed under us is no longer the one on show. */
  private roundOf(text: string, index: number): Round {
    const value = parseJson(text);
    const round = checkRound(value);
    if (round.success && round.data.index === index) return round.data;
    throw new UserError(
      'bad-file',
      t('Round {0} is no longer where it was in {1}.', index, this.name),
      t('The file was changed: open it again.'),
    );
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
