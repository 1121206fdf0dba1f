import * as vscode from 'vscode';
import { t } from '../l10n';
import { COMMANDS } from './ids';
import { SECTION } from './settingsSchema';

/** What a click on the status bar item offers. */
export async function quickActions(busy: boolean): Promise<void> {
  const drafter = vscode.workspace.getConfiguration(SECTION).get<string>('drafter', '');
  const model = vscode.workspace.getConfiguration(SECTION).get<string>('model', '');
  const command = (label: string, id: string, description = '') => ({ label, description, command: id });
  const actions = [
    ...(busy
      ? [command(`$(debug-stop) ${t('Cancel')}`, COMMANDS.cancel)]
      : [command(`$(play) ${t('Generate from Prompt')}`, COMMANDS.generateFromPrompt)]),
    command(`$(git-branch) ${t('Choose Drafter')}`, COMMANDS.chooseDrafter, drafter),
    command(`$(server) ${t('Choose Model')}`, COMMANDS.chooseModel, model),
    command(`$(folder-opened) ${t('Open Trace')}`, COMMANDS.openTrace),
    command(`$(export) ${t('Export Trace')}`, COMMANDS.exportTrace),
    command(`$(diff) ${t('Compare Traces')}`, COMMANDS.compareTraces),
    command(`$(book) ${t('Open Sample Trace')}`, COMMANDS.openSampleTrace),
    command(`$(output) ${t('Show Log')}`, COMMANDS.showLog),
  ];
  const chosen = await vscode.window.showQuickPick(actions, { title: 'Draftscope' });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command);
}
