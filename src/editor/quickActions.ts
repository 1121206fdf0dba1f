import * as vscode from 'vscode';
import { COMMANDS } from './ids';
import { SECTION } from './settingsSchema';

/** What a click on the status bar item offers. */
export async function quickActions(busy: boolean): Promise<void> {
  const drafter = vscode.workspace.getConfiguration(SECTION).get<string>('drafter', '');
  const model = vscode.workspace.getConfiguration(SECTION).get<string>('model', '');
  const command = (label: string, id: string, description = '') => ({ label, description, command: id });
  const actions = [
    ...(busy
      ? [command('$(debug-stop) Cancel', COMMANDS.cancel)]
      : [command('$(play) Generate from Prompt', COMMANDS.generateFromPrompt)]),
    command('$(git-branch) Choose Drafter', COMMANDS.chooseDrafter, drafter),
    command('$(server) Choose Model', COMMANDS.chooseModel, model),
    command('$(folder-opened) Open Trace', COMMANDS.openTrace),
    command('$(export) Export Trace', COMMANDS.exportTrace),
    command('$(diff) Compare Traces', COMMANDS.compareTraces),
    command('$(book) Open Sample Trace', COMMANDS.openSampleTrace),
    command('$(output) Show Log', COMMANDS.showLog),
  ];
  const chosen = await vscode.window.showQuickPick(actions, { title: 'Draftscope' });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}
