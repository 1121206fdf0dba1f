import * as vscode from 'vscode';
import { UserError } from '../errors';
import { readTraceInto } from '../host/readTrace';
import type { GenerationRecord } from '../host/record';
import { t } from '../l10n';
import { TraceIndex } from '../trace/traceIndex';
import { askTraceFile } from './chooseTrace';
import { TRACE_EDITOR } from './ids';
import { nameOf, traceBytesAt } from './traceFiles';

/** @param given the trace's uri, from the explorer or another extension; without it the user is asked */
export async function openTrace(given: unknown): Promise<void> {
  const uri = given instanceof vscode.Uri ? given : await askTraceFile(t('Open Trace'));
  if (uri !== undefined) await openInEditor(uri);
}

/** Opens the recorded generation that comes with the extension; an empty side panel shows it too. */
export async function openSampleTrace(extensionUri: vscode.Uri, record: GenerationRecord): Promise<void> {
  const uri = vscode.Uri.joinPath(extensionUri, 'media', 'sample.spectrace.jsonl');
  try {
    await vscode.workspace.fs.stat(uri);
  } catch (error) {
    throw new UserError(
      'bad-file',
      'The sample trace is missing from this installation of Draftscope.',
      'Install the extension again.',
      { cause: error },
    );
  }
  if (record.state.status.kind === 'empty') {
    const index = new TraceIndex(await traceBytesAt(uri), nameOf(uri));
    await readTraceInto(record, nameOf(uri), index);
  }
  await openInEditor(uri);
}

/** Opens a trace in the trace editor, or brings the one to the front that shows it. */
export async function openInEditor(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, TRACE_EDITOR, { preview: false });
}
