import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { t } from '../l10n';
import { codeOf, writeFault } from './files';
import { TRACE_SUFFIX, type Round, type TraceHeader, type TraceLine, type TraceSummary } from './schema';

/**
 * Writes a trace as it happens: every line is handed to the operating system before the call returns, so that
 * ending the process at any moment loses nothing that was recorded.
 *
 * A writer never overwrites: a file that holds something already is refused (`setAside` makes room and keeps
 * it). An empty file and something that is no regular file, such as a pipe, are written to.
 *
 * When a line cannot be written, the call throws a `disk` error that names the file, the whole lines before it
 * stay, and every later line throws the same error: whether the generation goes on is the caller's choice.
 */
export class TraceWriter {
  private failure: UserError | null = null;
  private closed = false;

  private constructor(
    readonly path: string,
    private readonly descriptor: number,
  ) {}

  /**
   * Makes the file and the folders it lies in, and writes the header.
   *
   * @throws UserError `usage` when the file exists and is not empty, `disk` when it cannot be written
   */
  static create(file: string, header: TraceHeader): TraceWriter {
    const writer = new TraceWriter(file, openNew(file));
    try {
      writer.append(header);
    } catch (error) {
      writer.close();
      throw error;
    }
    return writer;
  }

  round(round: Round): void {
    this.append(round);
  }

  /** Writes the last line and closes the file. */
  finish(summary: TraceSummary): void {
    try {
      this.append(summary);
    } finally {
      this.close();
    }
  }

  /** Closes the file as it stands; without a summary it reads as cut off. Closing twice does nothing. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    fs.closeSync(this.descriptor);
  }

  private append(line: TraceLine): void {
    if (this.failure !== null) throw this.failure;
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    let written = 0;
    try {
      while (written < bytes.length) written += fs.writeSync(this.descriptor, bytes, written);
    } catch (error) {
      this.failure = writeFault(this.path, error);
      this.dropPartOfLine(written);
      throw this.failure;
    }
  }

  /** A reader copes with half a line at the end, but a file of whole lines is better. */
  private dropPartOfLine(written: number): void {
    if (written === 0) return;
    try {
      fs.ftruncateSync(this.descriptor, fs.fstatSync(this.descriptor).size - written);
    } catch {
      // The half line stays; the write's own error is the one to report.
    }
  }
}

/**
 * Fails now, before any work is done, if `TraceWriter.create` would refuse to write to this file.
 *
 * @throws UserError `usage` when the file holds something, `disk` when that cannot be told
 */
export function refuseExisting(file: string): void {
  if (!holdsSomething(file)) return;
  throw new UserError(
    'usage',
    t('{0} exists already.', file),
    t('Choose another name for the trace, or move it away.'),
  );
}

/**
 * Makes room for a new trace under this name: an earlier one is kept beside it, under the first free name with
 * a number (`run.spectrace.jsonl` becomes `run.1.spectrace.jsonl`).
 *
 * @returns where the earlier file is now, null when there was nothing to keep
 * @throws UserError `disk` when it cannot be renamed
 */
export function setAside(file: string): string | null {
  if (!holdsSomething(file)) return null;
  const suffix = file.endsWith(TRACE_SUFFIX) ? TRACE_SUFFIX : path.extname(file);
  const stem = file.slice(0, file.length - suffix.length);
  try {
    for (let n = 1; ; n++) {
      const free = `${stem}.${n}${suffix}`;
      if (fs.existsSync(free)) continue;
      fs.renameSync(file, free);
      return free;
    }
  } catch (error) {
    throw writeFault(file, error);
  }
}

function holdsSomething(file: string): boolean {
  try {
    const existing = fs.statSync(file, { throwIfNoEntry: false });
    return existing !== undefined && existing.isFile() && existing.size > 0;
  } catch (error) {
    throw writeFault(file, error);
  }
}

function openNew(file: string): number {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    return fs.openSync(file, 'ax');
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw writeFault(file, error);
  }
  refuseExisting(file);
  try {
    return fs.openSync(file, 'a');
  } catch (error) {
    throw writeFault(file, error);
  }
}
