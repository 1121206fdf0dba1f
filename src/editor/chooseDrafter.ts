import * as vscode from 'vscode';
import { UserError } from '../errors';
import { drafterChoices } from './drafterChoices';
import { changeSetting } from './settings';
import { SECTION } from './settingsSchema';

/** @param given a drafter's id, from a keybinding's `args`; without it the user is asked */
export async function chooseDrafter(extension: vscode.Extension<unknown>, given: unknown): Promise<void> {
  const choices = drafterChoices(extension.packageJSON);
  const id = typeof given === 'string' ? given : await ask(choices);
  if (id === undefined) return;
  if (!choices.some((choice) => choice.id === id)) {
    const ids = choices.map((choice) => choice.id).join(', ');
    throw new UserError('usage', `There is no drafter named "${id}".`, `Choose one of: ${ids}.`);
  }
  await changeSetting('drafter', id);
}

async function ask(choices: ReturnType<typeof drafterChoices>): Promise<string | undefined> {
  const current = vscode.workspace.getConfiguration(SECTION).get('drafter');
  const items = choices.map(({ id, name, summary }) => ({
    label: name,
    description: id === current ? `${id}, in use` : id,
    detail: summary,
    id,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Choose Drafter',
    placeHolder: 'Who proposes the tokens that the model verifies',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.id;
}
