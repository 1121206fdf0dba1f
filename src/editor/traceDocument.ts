import * as vscode from 'vscode';
import { sentenceOf, UserError } from '../errors';
import { Coalescer } from '../host/coalescer';
import { compareSides } from '../host/comparer';
import { readTraceInto } from '../host/readTrace';
import { GenerationRecord } from '../host/record';
import { TraceIndex } from '../trace/traceIndex';
import { nameOf, traceBytesAt } from './traceFiles';

/** A file that is being written is read again at most this often. */
const REREAD_MS = 500;

/** An opened trace file: its record, which grows while the file is read and when the file does. */
export class TraceDocument implements vscode.CustomDocument {
  readonly record = new GenerationRecord();

  private readonly watcher: vscode.FileSystemWatcher;
  private readonly rereads = new Coalescer(REREAD_MS, () => void this.read());
  private readonly title: string;
  private index: TraceIndex | null = null;
  private reading: { readonly abort: AbortController; readonly done: Promise<void> } | null = null;
  private stale = false;
  /** Counts the comparisons that were asked for; a later one takes an earlier one's place. */
  private comparisons = 0;

  /** @param disposed to be told of its end */
  constructor(
    readonly uri: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
    private readonly disposed: () => void,
  ) {
    this.title = nameOf(uri);
    const folder = vscode.Uri.joinPath(uri, '..');
    // The name itself could mean something else as a pattern.
    const pattern = new vscode.RelativePattern(folder, '*.jsonl');
    const reread = (changed: vscode.Uri) => {
      if (changed.toString() === uri.toString()) this.rereads.request();
    };
    this.watcher = vscode.workspace.createFileSystemWatcher(pattern);
    // A deleted file stays on show as it was; there is nothing to read.
    this.watcher.onDidChange(reread);
    this.watcher.onDidCreate(reread);
  }

  /** Never rejects: a file that is no trace becomes a record that says so. */
  read(): Promise<void> {
    if (this.reading !== null) {
      this.stale = true;
      return this.reading.done;
    }
    const abort = new AbortController();
    const done = this.readOn(abort.signal).finally(() => {
      this.reading = null;
      if (this.stale && !abort.signal.aborted) this.rereads.request();
      this.stale = false;
    });
    this.reading = { abort, done };
    return done;
  }

  /** Ends the reading of a long file; what was read stays on show. */
  stop(): void {
    this.reading?.abort.abort();
  }

  /**
   * Shows the trace beside another one.
   *
   * @throws UserError `bad-file` when the other cannot be read, `usage` when it continues another prompt
   */
  async compare(uri: vscode.Uri): Promise<void> {
    const comparison = ++this.comparisons;
    await this.reading?.done;
    const other = new TraceIndex(await traceBytesAt(uri), nameOf(uri));
    await other.advance();
    const { header, rounds, generation } = this.record.state;
    const wanted = () => comparison === this.comparisons && generation === this.record.state.generation;
    const compared = await compareSides(
      { name: this.title, header, rounds },
      { name: nameOf(uri), header: other.state.header, rounds: other },
      wanted,
    );
    if (compared !== null) this.record.compareWith({ other: nameOf(uri), ...compared });
  }

  dispose(): void {
    this.comparisons++;
    this.disposed();
    this.stop();
    this.rereads.drop();
    this.watcher.dispose();
  }

  private async readOn(signal: AbortSignal): Promise<void> {
    try {
      const bytes = await traceBytesAt(this.uri);
      const index = this.index;
      const goesOn = index !== null && (await index.continueWith(bytes));
      const current = goesOn ? index : new TraceIndex(bytes, this.title);
      this.index = current;
      await readTraceInto(this.record, this.title, current, signal);
    } catch (error) {
      const sentence = sentenceOf(error);
      this.log.error(`${this.uri.toString(true)}: ${sentence}`);
      if (error instanceof UserError && error.code === 'cancelled') this.record.stopShowing(sentence);
      else this.record.refuse(this.title, sentence);
    }
  }
}
