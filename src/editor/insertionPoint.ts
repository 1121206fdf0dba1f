import * as vscode from 'vscode';
import { movedOffset } from './insertionOffset';

/** An edit is refused while the user's own typing is under way; the next try sees the typed text. */
const TRIES = 10;

/**
 * A place in a document where text is inserted piece by piece. The user may type, undo or move to another
 * editor meanwhile: the place moves with its text. Nothing is ever replaced.
 */
export class InsertionPoint implements vscode.Disposable {
  private readonly following: vscode.Disposable;
  private inserted = false;

  constructor(
    readonly document: vscode.TextDocument,
    private offset: number,
  ) {
    this.following = vscode.workspace.onDidChangeTextDocument((event) => {
      if (event.document === document) this.offset = movedOffset(this.offset, event.contentChanges);
    });
  }

  /** @returns false when the document was closed or cannot be written to */
  async insert(text: string): Promise<boolean> {
    for (let i = 0; i < TRIES && !this.document.isClosed; i++) {
      if (await this.tryInsert(text)) {
        this.inserted = true;
        return true;
      }
    }
    return false;
  }

  dispose(): void {
    this.following.dispose();
  }

  private async tryInsert(text: string): Promise<boolean> {
    const { document } = this;
    const position = document.positionAt(this.offset);
    const editor = vscode.window.visibleTextEditors.find((candidate) => candidate.document === document);
    if (editor === undefined) {
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, position, text);
      return vscode.workspace.applyEdit(edit);
    }
    const wasInSight = editor.visibleRanges.some((range) => range.contains(position));
    const done = await this.insertIn(editor, position, text);
    if (done && wasInSight) {
      const end = document.positionAt(this.offset);
      editor.revealRange(new vscode.Range(end, end));
    }
    return done;
  }

  /**
   * Through a visible editor, so that one undo takes back the whole text. A selection that ends at the place
   * would take in what is inserted, and the user's next key would replace it: it is kept as it was.
   */
  private async insertIn(
    editor: vscode.TextEditor,
    position: vscode.Position,
    text: string,
  ): Promise<boolean> {
    const { selections } = editor;
    const wouldGrow = selections.some((selection) => !selection.isEmpty && selection.end.isEqual(position));
    try {
      const done = await editor.edit((edit) => edit.insert(position, text), {
        undoStopBefore: !this.inserted,
        undoStopAfter: false,
      });
      if (done && wouldGrow) editor.selections = selections;
      return done;
    } catch {
      // The editor was closed between the look and the edit; the next try takes another way.
      return false;
    }
  }
}
