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
  readonly marks: MarkList<Generation>;
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
    else this.documents.set(document, { marks: new MarkList(), expected: insertion });
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
    if (known === undefined || contentChanges.length === 0) return;
    known.marks.edit(contentChanges);
    const { expected } = known;
    const eol = document.eol === vscode.EndOfLine.LF ? '\n' : '\r\n';
    const own =
      expected === null
        ? undefined
        : contentChanges.find(
            ({ rangeLength, text }) => rangeLength === 0 && text === inDocument(expected.text, eol),
          );
    if (expected !== null && own !== undefined) {
      known.marks.add(placeMarks(expected, own.rangeOffset, eol));
      known.expected = null;
    }
    this.changes.fire(document);
  }
}
