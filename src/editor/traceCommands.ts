import * as vscode from 'vscode';
import type { GenerationRecord } from '../host/record';
import { t } from '../l10n';
import type { RecentTraces } from './chooseTrace';
import type { Register } from './commandRegistry';
import { compareTraces } from './compareTraces';
import type { ErrorReport } from './errorReport';
import { exportTrace } from './exportTrace';
import { exportView } from './exportView';
import { COMMANDS } from './ids';
import { openSampleTrace, openTrace } from './openTrace';
import type { OpenViews } from './openViews';
import { placeOf } from './saveFile';
import type { TraceEditor } from './traceEditor';

export interface TraceCommandParts {
  readonly extension: vscode.Extension<unknown>;
  /** What the side panel shows. */
  readonly record: GenerationRecord;
  readonly recent: RecentTraces;
  readonly views: OpenViews;
  readonly traceEditor: TraceEditor;
  readonly log: vscode.LogOutputChannel;
  readonly report: ErrorReport;
}

/** The commands about traces and views. They need no engine, so they are there in a browser too. */
export function registerTraceCommands(register: Register, parts: TraceCommandParts): vscode.Disposable {
  const { extension, record, recent, views, traceEditor, log, report } = parts;
  return vscode.Disposable.from(
    register(COMMANDS.openTrace, 'trace', (uri) => openTrace(uri)),
    register(COMMANDS.openSampleTrace, 'trace', () => openSampleTrace(extension.extensionUri, record)),
    register(COMMANDS.exportTrace, 'trace', async (uri, options) => {
      const target = await exportTrace(recent, uri, options);
      if (target !== undefined) {
        report.settle(vscode.window.showInformationMessage(t('Exported to {0}.', placeOf(target))));
      }
      return target;
    }),
    register(COMMANDS.exportView, 'editor', (format) => exportView(views, format)),
    register(COMMANDS.compareTraces, 'trace', (a, b) => compareTraces({ recent, traceEditor }, a, b)),
    register(COMMANDS.showLog, 'editor', () => log.show()),
  );
}
