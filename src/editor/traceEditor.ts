import type * as vscode from 'vscode';
import type { ErrorReport } from './errorReport';
import { TraceDocument } from './traceDocument';
import { ViewConnection } from './viewConnection';

/** The wide view: a trace file, opened read-only. Needs neither a model nor the engine. */
export class TraceEditor implements vscode.CustomReadonlyEditorProvider<TraceDocument> {
  constructor(
    private readonly parts: {
      readonly extension: vscode.Extension<unknown>;
      readonly log: vscode.LogOutputChannel;
      readonly report: ErrorReport;
    },
  ) {}

  openCustomDocument(uri: vscode.Uri): TraceDocument {
    const document = new TraceDocument(uri, this.parts.log);
    // Not awaited: the view shows what was read so far.
    void document.read();
    return document;
  }

  resolveCustomEditor(document: TraceDocument, panel: vscode.WebviewPanel): void {
    const connection = new ViewConnection(panel.webview, {
      ...this.parts,
      record: document.record,
      layout: 'wide',
      subject: document.uri,
      cancel: () => document.stop(),
    });
    const visibility = panel.onDidChangeViewState(() => connection.visibility(panel.visible));
    panel.onDidDispose(() => {
      visibility.dispose();
      connection.dispose();
    });
  }
}
