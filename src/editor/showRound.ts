import * as vscode from 'vscode';
import { z } from 'zod';
import { UserError } from '../errors';
import type { GenerationRecord } from '../host/record';
import { t } from '../l10n';
import { itemId, parseItemId, type Item } from '../trace/item';
import { GENERATION_VIEW } from './ids';
import type { MarkedDocuments } from './markedDocuments';
import { openInEditor } from './openTrace';
import type { OpenViews } from './openViews';
import type { TraceEditor } from './traceEditor';

/** What a hover's link says. */
const targetSchema = z.object({
  trace: z.string(),
  item: z.string().refine((id) => parseItemId(id) !== null),
});
type Target = z.infer<typeof targetSchema>;

export interface ShowRoundParts {
  readonly documents: MarkedDocuments;
  readonly record: GenerationRecord;
  readonly views: OpenViews;
  readonly traceEditor: TraceEditor;
}

/**
 * Shows where a generated token comes from: in the panel while it holds that generation, else in its trace.
 *
 * @param given the trace and the token, from a hover's link; without them it is the token at the cursor
 * @returns the token that is shown
 */
export async function showRound(parts: ShowRoundParts, given: unknown): Promise<Item> {
  const { trace, item } = targetSchema.safeParse(given).data ?? tokenAtCursor(parts.documents);
  const uri = vscode.Uri.parse(trace, true);
  if (parts.record.state.trace === uri.fsPath) {
    parts.views.reveal(parts.record, item);
    await vscode.commands.executeCommand(`${GENERATION_VIEW}.focus`);
  } else {
    await openInEditor(uri);
    parts.views.reveal((await parts.traceEditor.opened(uri)).record, item);
  }
  return parseItemId(item)!;
}

function tokenAtCursor(documents: MarkedDocuments): Target {
  const editor = vscode.window.activeTextEditor;
  const mark = editor === undefined ? null : documents.at(editor.document, editor.selection.active);
  if (mark === null) {
    throw new UserError(
      'usage',
      t('There is no generated token at the cursor.'),
      t('Put the cursor into text that was generated in this window and not edited since.'),
    );
  }
  return { trace: mark.source.trace.toString(), item: itemId(mark.item) };
}
