import * as vscode from 'vscode';
import { InsertionPoint } from './insertionPoint';

/** Where generated text goes. */
export type Destination =
  | { readonly kind: 'untitled'; readonly column: vscode.ViewColumn }
  | { readonly kind: 'insert'; readonly document: vscode.TextDocument; readonly offset: number };

/**
 * Writes generated text to its destination, in order, one edit at a time. What arrives meanwhile is joined, so
 * a slow editor never holds up the engine. When the chosen place cannot be written to, all of the text goes to
 * an untitled document instead; when the user closes that, the rest is dropped (the trace still has it).
 */
export class TextOutput implements vscode.Disposable {
  private point: InsertionPoint | null;
  private text = '';
  private written = 0;
  private writing: Promise<void> | null = null;
  private closed = false;
  private readonly column: vscode.ViewColumn;

  constructor(
    destination: Destination,
    private readonly log: vscode.LogOutputChannel,
  ) {
    // The place is followed from now on: the user may edit the document before the first text is there.
    this.point =
      destination.kind === 'insert' ? new InsertionPoint(destination.document, destination.offset) : null;
    this.column = destination.kind === 'untitled' ? destination.column : vscode.ViewColumn.Active;
  }

  write(text: string): void {
    this.text += text;
    if (this.closed || this.text.length === this.written) return;
    this.writing ??= this.drain().catch((error: unknown) => {
      this.closed = true;
      this.log.error(error instanceof Error ? error : String(error));
    });
  }

  /** Resolves when everything is where it belongs. */
  async finish(): Promise<void> {
    await this.writing;
  }

  dispose(): void {
    this.closed = true;
    this.point?.dispose();
  }

  private async drain(): Promise<void> {
    while (!this.closed && this.written < this.text.length) {
      const end = this.text.length;
      if (this.point === null) this.point = await this.openUntitled();
      if (await this.point.insert(this.text.slice(this.written, end))) this.written = end;
      else await this.giveUpPlace();
    }
    this.writing = null;
  }

  private async giveUpPlace(): Promise<void> {
    const document = this.point?.document;
    this.point?.dispose();
    if (document?.isUntitled && document.isClosed) {
      this.closed = true;
      this.log.info('The document was closed while text was generated; the rest is in the trace only.');
      return;
    }
    this.log.warn(
      'The generated text could not be inserted where it should go; an untitled document has it.',
    );
    this.written = 0;
    this.point = await this.openUntitled();
  }

  private async openUntitled(): Promise<InsertionPoint> {
    const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: '' });
    await vscode.window.showTextDocument(document, { viewColumn: this.column, preview: false });
    return new InsertionPoint(document, 0);
  }
}
