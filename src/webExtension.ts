import * as vscode from 'vscode';
import { commandRegistry } from './editor/commandRegistry';
import { ErrorReport } from './editor/errorReport';
import { GenerationView } from './editor/generationView';
import { COMMANDS, GENERATION_VIEW, TRACE_EDITOR } from './editor/ids';
import { OpenViews } from './editor/openViews';
import { registerTraceCommands } from './editor/traceCommands';
import { TraceEditor } from './editor/traceEditor';
import { UserError } from './errors';
import { GenerationRecord } from './host/record';
import { speak, t } from './l10n';

/** What needs an engine, and with it a machine to run on. */
const ELSEWHERE = [
  COMMANDS.generateFromPrompt,
  COMMANDS.generateFromSelection,
  COMMANDS.cancel,
  COMMANDS.chooseDrafter,
  COMMANDS.chooseModel,
  COMMANDS.forgetOutputs,
  COMMANDS.fetchCuda,
  COMMANDS.showRound,
  COMMANDS.toggleMarks,
  COMMANDS.quickActions,
] as const;

/** Draftscope where VS Code runs in a browser alone: traces open and are exported, and nothing is generated. */
export function activate(context: vscode.ExtensionContext): void {
  speak(vscode.l10n.bundle ?? null, vscode.env.language);
  const { extension } = context;
  const log = vscode.window.createOutputChannel('Draftscope', { log: true });
  const report = new ErrorReport(log);
  const record = new GenerationRecord();
  const views = new OpenViews();
  const traceEditor = new TraceEditor({ extension, log, report, views });
  const register = commandRegistry(report);
  // No generation has left a trace here.
  const recent = () => Promise.resolve([]);

  context.subscriptions.push(
    log,
    registerTraceCommands(register, { extension, record, recent, views, traceEditor, log, report }),
    ...ELSEWHERE.map((id) => register(id, 'editor', refuse)),
    vscode.window.registerWebviewViewProvider(
      GENERATION_VIEW,
      new GenerationView({ extension, record, log, report, views }),
    ),
    vscode.window.registerCustomEditorProvider(TRACE_EDITOR, traceEditor),
  );
}

function refuse(): never {
  throw new UserError(
    'unsupported',
    t('Draftscope generates on a machine of yours, and this window runs in the browser alone.'),
    t('Traces open here; to generate, open the folder in VS Code on a desktop or on a remote machine.'),
  );
}
