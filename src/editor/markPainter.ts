import * as vscode from 'vscode';
import { Coalescer } from '../host/coalescer';
import type { Origin } from '../trace/item';
import { MARKED_CONTEXT } from './ids';
import type { ErrorReport } from './errorReport';
import type { MarkedDocuments } from './markedDocuments';
import { SECTION } from './settingsSchema';

/** Marks are painted at most so often: more than this costs the editor more than it shows the user. */
const PAINT_MS = 50;
/** Lines above and below what is seen that are painted too, so that scrolling finds them there. */
const MARGIN = 60;

/** The line under a token tells its origin by its style first, by its colour second. */
const LOOKS: Record<Origin, { readonly style: string; readonly color: string }> = {
  accepted: { style: 'solid', color: 'draftscope.accepted' },
  bonus: { style: 'dotted', color: 'draftscope.bonus' },
  correction: { style: 'dashed', color: 'draftscope.bonus' },
};
const ORIGINS = Object.keys(LOOKS) as Origin[];

/** Whether the user wants generated tokens marked. */
export function marksAreShown(): boolean {
  return vscode.workspace.getConfiguration(SECTION).get('marks', true);
}

/** Underlines the generated tokens in the visible editors by where they come from. */
export class MarkPainter implements vscode.Disposable {
  private readonly types: Record<Origin, vscode.TextEditorDecorationType>;
  private readonly paints = new Coalescer(PAINT_MS, () => this.paint());
  private readonly painted = new WeakSet<vscode.TextEditor>();
  private readonly subscriptions: vscode.Disposable;
  private marked = false;

  constructor(
    private readonly documents: MarkedDocuments,
    private readonly report: ErrorReport,
  ) {
    this.types = { accepted: typeOf('accepted'), bonus: typeOf('bonus'), correction: typeOf('correction') };
    const repaint = () => this.paints.request();
    this.subscriptions = vscode.Disposable.from(
      ...Object.values(this.types),
      documents.changed(repaint),
      vscode.window.onDidChangeVisibleTextEditors(repaint),
      vscode.window.onDidChangeActiveTextEditor(repaint),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        if (documents.has(textEditor.document)) repaint();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${SECTION}.marks`)) repaint();
      }),
    );
  }

  dispose(): void {
    this.paints.drop();
    this.subscriptions.dispose();
  }

  private paint(): void {
    const shown = marksAreShown();
    for (const editor of vscode.window.visibleTextEditors) this.paintEditor(editor, shown);
    const active = vscode.window.activeTextEditor;
    const marked = active !== undefined && this.documents.has(active.document);
    if (marked === this.marked) return;
    this.marked = marked;
    this.report.settle(vscode.commands.executeCommand('setContext', MARKED_CONTEXT, marked));
  }

  private paintEditor(editor: vscode.TextEditor, shown: boolean): void {
    const { document } = editor;
    const marked = shown && this.documents.has(document);
    if (!marked && !this.painted.has(editor)) return;
    const ranges: Record<Origin, vscode.Range[]> = { accepted: [], bonus: [], correction: [] };
    for (const { start, end, origin } of marked ? this.documents.within(document, near(editor)) : []) {
      if (origin === 'plain') continue;
      ranges[origin].push(new vscode.Range(document.positionAt(start), document.positionAt(end)));
    }
    for (const origin of ORIGINS) editor.setDecorations(this.types[origin], ranges[origin]);
    if (marked) this.painted.add(editor);
    else this.painted.delete(editor);
  }
}

function typeOf(origin: Origin): vscode.TextEditorDecorationType {
  const { style, color } = LOOKS[origin];
  return vscode.window.createTextEditorDecorationType({
    borderStyle: style,
    borderWidth: '0 0 2px 0',
    borderColor: new vscode.ThemeColor(color),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

/** What is seen of a document, and somewhat more. */
function near({ document, visibleRanges }: vscode.TextEditor): vscode.Range {
  const first = (visibleRanges.at(0)?.start.line ?? 0) - MARGIN;
  const last = (visibleRanges.at(-1)?.end.line ?? 0) + MARGIN;
  return document.validateRange(new vscode.Range(Math.max(0, first), 0, last + 1, 0));
}
