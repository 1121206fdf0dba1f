import * as vscode from 'vscode';
import type { Session } from '../host/session';
import { chooseDrafter } from './chooseDrafter';
import { chooseModel } from './chooseModel';
import type { Register } from './commandRegistry';
import { fetchCuda } from './fetchCuda';
import { generateFromSelection, PromptCommand } from './generateCommands';
import type { Generator } from './generator';
import { COMMANDS } from './ids';
import type { MarkedDocuments } from './markedDocuments';
import { marksAreShown } from './markPainter';
import type { OpenViews } from './openViews';
import { quickActions } from './quickActions';
import type { RecentModels } from './recentModels';
import { changeSetting } from './settings';
import { showRound } from './showRound';
import type { TraceEditor } from './traceEditor';

export interface CommandParts {
  readonly extension: vscode.Extension<unknown>;
  readonly session: Session;
  readonly generator: Generator;
  readonly documents: MarkedDocuments;
  readonly recentModels: RecentModels;
  readonly views: OpenViews;
  readonly traceEditor: TraceEditor;
}

/** The commands about generating, and about what was generated in this window. */
export function registerCommands(register: Register, parts: CommandParts): vscode.Disposable {
  const { extension, session, generator, documents, recentModels, views, traceEditor } = parts;
  const fromPrompt = new PromptCommand(generator);

  return vscode.Disposable.from(
    register(COMMANDS.generateFromPrompt, 'model', (prompt) => fromPrompt.run(prompt)),
    register(COMMANDS.generateFromSelection, 'model', () => generateFromSelection(generator)),
    register(COMMANDS.cancel, 'model', () => session.cancel()),
    register(COMMANDS.chooseDrafter, 'editor', (id) => chooseDrafter(extension, id)),
    register(COMMANDS.chooseModel, 'model', (model) => chooseModel(generator, recentModels, model)),
    register(COMMANDS.forgetOutputs, 'editor', () => session.forget()),
    register(COMMANDS.fetchCuda, 'editor', () => fetchCuda(generator, session)),
    register(COMMANDS.showRound, 'editor', (target) =>
      showRound({ documents, record: session.record, views, traceEditor }, target),
    ),
    register(COMMANDS.toggleMarks, 'editor', () => changeSetting('marks', !marksAreShown())),
    register(COMMANDS.quickActions, 'editor', () => quickActions(session.busy)),
  );
}
