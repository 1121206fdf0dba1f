import * as vscode from 'vscode';
import { BusyContext } from './editor/busyContext';
import { commandRegistry } from './editor/commandRegistry';
import { registerCommands } from './editor/commands';
import { ErrorReport } from './editor/errorReport';
import { GenerationView } from './editor/generationView';
import { Generator } from './editor/generator';
import { GENERATION_VIEW, TRACE_EDITOR } from './editor/ids';
import { MarkedDocuments } from './editor/markedDocuments';
import { MarkHover } from './editor/markHover';
import { MarkPainter } from './editor/markPainter';
import { OpenViews } from './editor/openViews';
import { ProgressNotifications } from './editor/progressNotification';
import { RecentModels } from './editor/recentModels';
import { StatusBar } from './editor/statusBar';
import { registerTraceCommands } from './editor/traceCommands';
import { TraceEditor } from './editor/traceEditor';
import { readFilesWith } from './editor/traceFiles';
import { TraceFolder } from './editor/traceFolder';
import { EngineHost } from './host/engineHost';
import { GenerationRecord } from './host/record';
import { Session } from './host/session';
import { speak } from './l10n';
import { BUNDLE_VARIABLE, LANGUAGE_VARIABLE } from './protocol/engine';
import { fileBytes } from './trace/fileBytes';

let engine: EngineHost | null = null;

export function activate(context: vscode.ExtensionContext): void {
  speak(vscode.l10n.bundle ?? null, vscode.env.language);
  readFilesWith(fileBytes);
  const { extension } = context;
  const log = vscode.window.createOutputChannel('Draftscope', { log: true });
  const report = new ErrorReport(log);
  const record = new GenerationRecord();
  engine = new EngineHost({
    script: context.asAbsolutePath('dist/engine.js'),
    log: (line) => log.debug(`engine: ${line}`),
    environment: engineLanguage(),
  });
  const session = new Session(engine, record);
  const traces = new TraceFolder(context.globalStorageUri);
  const documents = new MarkedDocuments();
  const generator = new Generator({ extension, session, traces, documents, log, report });
  const recentModels = new RecentModels(context.globalState);
  const views = new OpenViews();
  const traceEditor = new TraceEditor({ extension, log, report, views });

  const register = commandRegistry(report);
  const recent = () => traces.recent(generator.settings().traceFolder);

  context.subscriptions.push(
    log,
    documents,
    registerCommands(register, {
      extension,
      session,
      generator,
      documents,
      recentModels,
      views,
      traceEditor,
    }),
    registerTraceCommands(register, { extension, record, recent, views, traceEditor, log, report }),
    new BusyContext(session, report),
    new StatusBar(session),
    new ProgressNotifications(session, report),
    new MarkPainter(documents, report),
    vscode.languages.registerHoverProvider('*', new MarkHover(documents)),
    vscode.window.registerWebviewViewProvider(
      GENERATION_VIEW,
      new GenerationView({ extension, record, log, report, views }),
    ),
    vscode.window.registerCustomEditorProvider(TRACE_EDITOR, traceEditor),
  );
}

/** How the engine learns the user's language. */
function engineLanguage(): Record<string, string> {
  const { uri } = vscode.l10n;
  return uri === undefined ? {} : { [BUNDLE_VARIABLE]: uri.fsPath, [LANGUAGE_VARIABLE]: vscode.env.language };
}

/** The editor waits for this, so the engine gets its chance to end its trace. */
export async function deactivate(): Promise<void> {
  await engine?.dispose();
}
