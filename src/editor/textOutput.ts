import * as vscode from 'vscode';
import { Coalescer } from '../host/coalescer';
import type { RecordState } from '../host/record';
import { shownRoundOf } from '../trace/shownRound';
import { stretchesWithin } from '../trace/stretches';
import { TextTrack } from '../trace/textTrack';
import { InsertionPoint } from './insertionPoint';
import type { Generation, MarkedDocuments } from './markedDocuments';

/** Where generated text goes. */
export type Destination =
  | { readonly kind: 'untitled'; readonly column: vscode.ViewColumn }
  | {
      readonly kind: 'insert';
      readonly document: vscode.TextDocument;
      readonly offset: number;
      /** What parts the generated text from the text before it. */
      readonly separator: string;
    };

/** More edits a second than this cost the editor more than they show the user. */
const EDIT_MS = 50;

/**
 * Writes generated text to its destination, in order, one edit at a time. What arrives meanwhile is joined, so
 * a slow editor never holds up the engine. When the chosen place cannot be written to, all of the text goes to
 * an untitled document instead; when the user closes that, the rest is dropped (the trace still has it).
 */
export class TextOutput implements vscode.Disposable {
  private readonly edits = new Coalescer(EDIT_MS, () => void this.catchUp());
  private readonly column: vscode.ViewColumn;
  private point: InsertionPoint | null;
  /** Whether `point` stands in a document of our own. */
  private own = false;
  private text = '';
  /** The tokens of the text, and whose they are: null before the first. */
  private readonly track = new TextTrack();
  private generation: Generation | null = null;
  private tracked = 0;
  private written = 0;
  private writing: Promise<void> | null = null;
  private closed = false;

  constructor(
    private readonly destination: Destination,
    private readonly parts: {
      /** The file that the generation is recorded in. */
      readonly trace: vscode.Uri;
      readonly documents: MarkedDocuments;
      readonly log: vscode.LogOutputChannel;
    },
  ) {
    // The place is followed from now on: the user may edit the document before the first text is there.
    this.point =
      destination.kind === 'insert' ? new InsertionPoint(destination.document, destination.offset) : null;
    this.column = destination.kind === 'untitled' ? destination.column : vscode.ViewColumn.Active;
  }

  /** @param record with the rounds that the text comes from */
  write(text: string, { header, rounds }: Pick<RecordState, 'header' | 'rounds'>): void {
    this.text += text;
    this.generation ??= { trace: this.parts.trace, header, rounds };
    for (const round of rounds.held(this.tracked, rounds.columns.length) ?? []) {
      this.track.append(shownRoundOf(round));
      this.tracked += 1;
    }
    if (this.behind) this.edits.request();
  }

  /** Resolves when everything is where it belongs. Never rejects. */
  async finish(): Promise<void> {
    while (this.behind) await this.catchUp();
  }

  dispose(): void {
    this.closed = true;
    this.edits.drop();
    this.point?.dispose();
  }

  private get separator(): string {
    return this.destination.kind === 'insert' && !this.own ? this.destination.separator : '';
  }

  private get behind(): boolean {
    return !this.closed && this.written < this.text.length;
  }

  /** One edit with all that has arrived; joins the one that is under way. */
  private catchUp(): Promise<void> {
    this.writing ??= this.edit()
      .catch((error: unknown) => {
        this.closed = true;
        this.parts.log.error(error instanceof Error ? error : String(error));
      })
      .finally(() => {
        this.writing = null;
        if (this.behind) this.edits.request();
      });
    return this.writing;
  }

  private async edit(): Promise<void> {
    const end = this.text.length;
    this.point ??= await this.openUntitled();
    if (await this.insert(this.point, end)) {
      this.written = end;
      return;
    }
    this.point.dispose();
    if (this.own) {
      this.closed = true;
      this.parts.log.info('The document was closed while text was generated; the rest is in the trace only.');
      return;
    }
    this.parts.log.warn(
      'The generated text could not be inserted where it should go; an untitled document has it.',
    );
    this.written = 0;
    this.point = null;
  }

  /** Inserts what is not written yet up to `end`, and has its tokens marked. */
  private async insert(point: InsertionPoint, end: number): Promise<boolean> {
    const { written: from, generation: source } = this;
    const separator = from === 0 ? this.separator : '';
    const text = separator + this.text.slice(from, end);
    if (source !== null) {
      const spans = stretchesWithin(this.track.spans, from, end);
      const insertion = { text, separator: separator.length, from, spans, source };
      this.parts.documents.expect(point.document, insertion);
    }
    try {
      return await point.insert(text);
    } finally {
      this.parts.documents.expectNothing(point.document);
    }
  }

  private async openUntitled(): Promise<InsertionPoint> {
    const document = await vscode.workspace.openTextDocument({ language: 'markdown', content: '' });
    await vscode.window.showTextDocument(document, { viewColumn: this.column, preview: false });
    this.own = true;
    return new InsertionPoint(document, 0);
  }
}
