import type * as vscode from 'vscode';
import type { ErrorReport } from './errorReport';
import type { OpenViews } from './openViews';
import { TraceDocument } from './traceDocument';
import { ViewConnection } from './viewConnection';

/** The wide view: a trace file, opened read-only. Needs neither a model nor the engine. */
export class TraceEditor implements vscode.CustomReadonlyEditorProvider<TraceDocument> {
  /** The traces that are open, by uri, and who waits for one to be. */
  private readonly documents = new Map<string, TraceDocument>();
  private readonly waiting = new Map<string, (document: TraceDocument) => void>();

  constructor(
    private readonly parts: {
      readonly extension: vscode.Extension<unknown>;
      readonly log: vscode.LogOutputChannel;
      readonly report: ErrorReport;
      readonly views: OpenViews;
    },
  ) {}

  openCustomDocument(uri: vscode.Uri): TraceDocument {
    const key = uri.toString();
    const document = new TraceDocument(uri, this.parts.log, () => this.documents.delete(key));
    this.documents.set(key, document);
    this.waiting.get(key)?.(document);
    this.waiting.delete(key);
    // Not awaited: the view shows what was read so far.
    void document.read();
    return document;
  }

  /** An open trace, or one that is about to be. */
  opened(uri: vscode.Uri): Promise<TraceDocument> {
    const key = uri.toString();
    const document = this.documents.get(key);
    if (document !== undefined) return Promise.resolve(document);
    return new Promise((resolve) => this.waiting.set(key, resolve));
  }

  resolveCustomEditor(document: TraceDocument, panel: vscode.WebviewPanel): void {
    const connection = new ViewConnection(panel.webview, {
      ...this.parts,
      record: document.record,
      layout: 'wide',
      subject: document.uri,
      cancel: () => document.stop(),
    });
    const visibility = panel.onDidChangeViewState(() => connection.visibility(panel.visible, panel.active));
    panel.onDidDispose(() => {
      visibility.dispose();
      connection.dispose();
    });
  }
}
