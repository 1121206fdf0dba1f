import * as vscode from 'vscode';
import { drafterChoices } from './drafterChoices';
import { checkSettings, SECTION, type SettingName, type Settings } from './settingsSchema';

/**
 * The settings as they are now.
 *
 * @throws UserError `usage` that names a setting that is not valid
 */
export function readSettings(extension: vscode.Extension<unknown>): Settings {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const drafters = drafterChoices(extension.packageJSON).map(({ id }) => id);
  return checkSettings((name) => configuration.get(name), drafters);
}

/** Changes a setting where its present value comes from, so that the change has an effect. */
export async function changeSetting<T extends SettingName>(name: T, value: Settings[T]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const places = configuration.inspect(name);
  const target =
    places?.workspaceFolderValue !== undefined
      ? vscode.ConfigurationTarget.WorkspaceFolder
      : places?.workspaceValue !== undefined
        ? vscode.ConfigurationTarget.Workspace
        : vscode.ConfigurationTarget.Global;
  await configuration.update(name, value, target);
}
