import * as vscode from 'vscode';
import type { RoundSource } from '../trace/roundSource';
import type { TraceHeader } from '../trace/schema';
import { inDocument, MarkList, placeMarks, type Insertion, type TokenMark } from './markList';

/** A generation whose text stands in a document. */
export interface Generation {
  readonly trace: vscode.Uri;
  readonly header: TraceHeader | null;
  readonly rounds: RoundSource;
}

export type GenerationMark = TokenMark<Generation>;

interface Marked {
  marks: MarkList<Generation>;
  /** The line end that the marks' places count with. */
  eol: vscode.EndOfLine;
  /** What is about to be inserted, null while nothing is. */
  expected: Insertion<Generation> | null;
}

/** Which tokens stand where in which documents. The marks follow every edit, as long as the document is open. */
export class MarkedDocuments implements vscode.Disposable {
  private readonly documents = new Map<vscode.TextDocument, Marked>();
  private readonly changes = new vscode.EventEmitter<vscode.TextDocument>();
  private readonly subscriptions: vscode.Disposable;
  /** Tells of a document whose marks changed. */
  readonly changed = this.changes.event;

  constructor() {
    this.subscriptions = vscode.Disposable.from(
      this.changes,
      vscode.workspace.onDidChangeTextDocument((event) => this.follow(event)),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (this.documents.delete(document)) this.changes.fire(document);
      }),
    );
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  /** Announces an insertion of generated text, so that its tokens are marked the moment they are there. */
  expect(document: vscode.TextDocument, insertion: Insertion<Generation>): void {
    const known = this.documents.get(document);
    if (known !== undefined) known.expected = insertion;
    else {
      this.documents.set(document, { marks: new MarkList(), eol: document.eol, expected: insertion });
    }
  }

  /** The insertion was made, or will never be. */
  expectNothing(document: vscode.TextDocument): void {
    const known = this.documents.get(document);
    if (known !== undefined) known.expected = null;
  }

  has(document: vscode.TextDocument): boolean {
    return this.documents.get(document)?.marks.isEmpty === false;
  }

  at(document: vscode.TextDocument, position: vscode.Position): GenerationMark | null {
    return this.documents.get(document)?.marks.at(document.offsetAt(position)) ?? null;
  }

  within(document: vscode.TextDocument, range: vscode.Range): readonly GenerationMark[] {
    const marks = this.documents.get(document)?.marks;
    return marks?.within(document.offsetAt(range.start), document.offsetAt(range.end)) ?? [];
  }

  private follow({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const known = this.documents.get(document);
    if (known === undefined) return;
    if (known.eol !== document.eol) {
      // Every place behind the first line is another one: rare, and not worth following.
      known.marks = new MarkList();
      known.eol = document.eol;
    } else if (contentChanges.length === 0) return;
    else known.marks.edit(contentChanges);
    this.markExpected(known, document, contentChanges);
    this.changes.fire(document);
  }

  /** Marks the tokens of the text that was announced, if this edit is its insertion. */
  private markExpected(
    known: Marked,
    { eol }: vscode.TextDocument,
    [change, ...others]: readonly vscode.TextDocumentContentChangeEvent[],
  ): void {
    const { expected } = known;
    if (expected === null || change === undefined || others.length > 0 || change.rangeLength > 0) return;
    const lineEnd = eol === vscode.EndOfLine.LF ? '\n' : '\r\n';
    if (change.text !== inDocument(expected.text, lineEnd)) return;
    known.marks.add(placeMarks(expected, change.rangeOffset, lineEnd));
    known.expected = null;
  }
}
