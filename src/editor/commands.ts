import * as vscode from 'vscode';
import type { Session } from '../host/session';
import { t } from '../l10n';
import { chooseDrafter } from './chooseDrafter';
import { chooseModel } from './chooseModel';
import type { ErrorReport, Subject } from './errorReport';
import { compareTraces } from './compareTraces';
import { exportTrace } from './exportTrace';
import { exportView } from './exportView';
import { fetchCuda } from './fetchCuda';
import { generateFromSelection, PromptCommand } from './generateCommands';
import type { Generator } from './generator';
import { COMMANDS } from './ids';
import { openSampleTrace, openTrace } from './openTrace';
import type { OpenViews } from './openViews';
import { quickActions } from './quickActions';
import { changeSetting } from './settings';
import { showRound } from './showRound';
import type { MarkedDocuments } from './markedDocuments';
import { marksAreShown } from './markPainter';
import type { RecentModels } from './recentModels';
import { placeOf } from './saveFile';
import type { TraceEditor } from './traceEditor';
import type { TraceFolder } from './traceFolder';

export interface CommandParts {
  readonly extension: vscode.Extension<unknown>;
  readonly session: Session;
  readonly generator: Generator;
  readonly traces: TraceFolder;
  readonly documents: MarkedDocuments;
  readonly recentModels: RecentModels;
  readonly views: OpenViews;
  readonly traceEditor: TraceEditor;
  readonly log: vscode.LogOutputChannel;
  readonly report: ErrorReport;
}

/** Every command and what it does. A failure is shown and not thrown: nobody awaits a command but the editor. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const { extension, session, generator, traces, documents, recentModels, views, traceEditor, log, report } = parts;
  const fromPrompt = new PromptCommand(generator);

  const register = (
    id: (typeof COMMANDS)[keyof typeof COMMANDS],
    subject: Subject,
    run: (...args: unknown[]) => unknown,
  ) =>
    vscode.commands.registerCommand(id, async (...args: unknown[]) => {
      try {
        return await run(...args);
      } catch (error) {
        report.show(error, subject);
        return undefined;
      }
    });

  return vscode.Disposable.from(
    register(COMMANDS.generateFromPrompt, 'model', (prompt) => fromPrompt.run(prompt)),
    register(COMMANDS.generateFromSelection, 'model', () => generateFromSelection(generator)),
    register(COMMANDS.cancel, 'model', () => session.cancel()),
    register(COMMANDS.chooseDrafter, 'editor', (id) => chooseDrafter(extension, id)),
    register(COMMANDS.chooseModel, 'model', (model) => chooseModel(generator, recentModels, model)),
    register(COMMANDS.openTrace, 'trace', (uri) => openTrace(uri)),
    register(COMMANDS.openSampleTrace, 'trace', () =>
      openSampleTrace(extension.extensionUri, session.record),
    ),
    register(COMMANDS.exportTrace, 'trace', async (uri, options) => {
      const target = await exportTrace(traces, generator.settings().traceFolder, uri, options);
      if (target !== undefined) {
        report.settle(vscode.window.showInformationMessage(t('Exported to {0}.', placeOf(target))));
      }
      return target;
    }),
    register(COMMANDS.exportView, 'editor', (format) => exportView(views, format)),
    register(COMMANDS.compareTraces, 'trace', (a, b) =>
      compareTraces({ traces, traceFolder: generator.settings().traceFolder, traceEditor }, a, b),
    ),
    register(COMMANDS.forgetOutputs, 'editor', () => session.forget()),
    register(COMMANDS.fetchCuda, 'editor', () => fetchCuda(generator, session)),
    register(COMMANDS.showRound, 'editor', (target) =>
      showRound({ documents, record: session.record, views, traceEditor }, target),
    ),
    register(COMMANDS.toggleMarks, 'editor', () => changeSetting('marks', !marksAreShown())),
    register(COMMANDS.quickActions, 'editor', () => quickActions(session.busy)),
    register(COMMANDS.showLog, 'editor', () => log.show()),
  );
}
