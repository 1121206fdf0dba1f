import * as vscode from 'vscode';
import { UserError } from '../errors';
import { t } from '../l10n';
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
    throw new UserError('usage', t('There is no drafter named "{0}".', id), t('Choose one of: {0}.', ids));
  }
  await changeSetting('drafter', id);
}

async function ask(choices: ReturnType<typeof drafterChoices>): Promise<string | undefined> {
  const current = vscode.workspace.getConfiguration(SECTION).get('drafter');
  const items = choices.map(({ id, name, summary }) => ({
    label: name,
    description: id === current ? t('{0}, in use', id) : id,
    detail: summary,
    id,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: t('Choose Drafter'),
    placeHolder: t('Who proposes the tokens that the model verifies'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.id;
}
