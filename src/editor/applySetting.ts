import * as vscode from 'vscode';
import { t } from '../l10n';
import { drafterChoices } from './drafterChoices';
import { checkChange, SECTION, type SettingChange } from './settingsSchema';

/**
 * Changes a setting as a finding proposes, for this workspace where there is one, and says so with a way back.
 *
 * @throws UserError `usage` for a value that the setting does not take
 */
export async function applySetting(
  extension: vscode.Extension<unknown>,
  change: SettingChange,
): Promise<void> {
  const drafters = drafterChoices(extension.packageJSON).map(({ id }) => id);
  const { name, value } = checkChange(change, drafters);
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const places = configuration.inspect(name);
  // Without trust, some settings of a workspace have no effect.
  const inWorkspace = vscode.workspace.workspaceFolders !== undefined && vscode.workspace.isTrusted;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  const before = inWorkspace ? places?.workspaceValue : places?.globalValue;
  await configuration.update(name, value, target);

  const undo = t('Undo');
  const done = inWorkspace
    ? t('{0} is now {1} in this workspace. It holds from the next generation on.', change.key, change.value)
    : t('{0} is now {1} in your settings. It holds from the next generation on.', change.key, change.value);
  const chosen = await vscode.window.showInformationMessage(done, undo);
  if (chosen === undo) await configuration.update(name, before, target);
}
