import * as vscode from 'vscode';
import { sentenceOf } from '../errors';
import { Coalescer } from '../host/coalescer';
import { GenerationRecord } from '../host/record';
import { nameOf, readTraceAt } from './traceFiles';

/** A file that is being written is read again at most this often. */
const REREAD_MS = 500;

/** An opened trace file: its record, which grows when the file does. */
export class TraceDocument implements vscode.CustomDocument {
  readonly record = new GenerationRecord();

  private readonly watcher: vscode.FileSystemWatcher;
  private readonly rereads = new Coalescer(REREAD_MS, () => void this.read());
  private reading: Promise<void> | null = null;
  private stale = false;

  constructor(
    readonly uri: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {
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
    if (this.reading === null) {
      this.reading = this.readOnce().finally(() => {
        this.reading = null;
        if (this.stale) this.rereads.request();
        this.stale = false;
      });
    } else this.stale = true;
    return this.reading;
  }

  dispose(): void {
    this.rereads.drop();
    this.watcher.dispose();
  }

  private async readOnce(): Promise<void> {
    const title = nameOf(this.uri);
    try {
      this.record.show(title, await readTraceAt(this.uri));
    } catch (error) {
      this.log.error(`${this.uri.toString(true)}: ${sentenceOf(error)}`);
      this.record.refuse(title, sentenceOf(error));
    }
  }
}
