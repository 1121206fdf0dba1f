import * as vscode from 'vscode';
import { t } from '../l10n';
import { askTrace, type RecentTraces } from './chooseTrace';
import { TRACE_EDITOR } from './ids';
import { openInEditor } from './openTrace';
import type { TraceEditor } from './traceEditor';
import { nameOf } from './traceFiles';

export interface CompareParts {
  readonly recent: RecentTraces;
  readonly traceEditor: TraceEditor;
}

/**
 * Opens a trace beside another one, in the first one's editor.
 *
 * @param first the trace's uri; without it the one in front is taken, or the user asked
 * @param second another uri, or, from the explorer, all that are selected; without one the user is asked
 * @throws UserError where they cannot be read or continue different prompts
 */
export async function compareTraces(parts: CompareParts, first: unknown, second: unknown): Promise<void> {
  const { recent, traceEditor } = parts;
  const title = t('Compare Traces');
  const a =
    first instanceof vscode.Uri
      ? first
      : (frontTrace() ??
        (await askTrace(recent, { title, placeHolder: t('Which trace?'), elsewhere: true })));
  if (a === undefined) return;
  const b =
    otherOf(second, a) ??
    (await askTrace(recent, {
      title,
      placeHolder: t('Compare {0} with which trace of the same prompt?', nameOf(a)),
      except: a,
      elsewhere: true,
    }));
  if (b === undefined) return;
  await openInEditor(a);
  const document = await traceEditor.opened(a);
  const location = vscode.ProgressLocation.Window;
  await vscode.window.withProgress({ location, title: t('Comparing two traces') }, () => document.compare(b));
}

/** The trace in the editor in front, if it is one. */
function frontTrace(): vscode.Uri | undefined {
  const front = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return front instanceof vscode.TabInputCustom && front.viewType === TRACE_EDITOR ? front.uri : undefined;
}

function otherOf(given: unknown, first: vscode.Uri): vscode.Uri | undefined {
  const uris: unknown[] = Array.isArray(given) ? given : [given];
  return uris.find(
    (uri): uri is vscode.Uri => uri instanceof vscode.Uri && uri.toString() !== first.toString(),
  );
}
