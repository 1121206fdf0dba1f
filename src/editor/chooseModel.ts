import * as vscode from 'vscode';
import { UserError } from '../errors';
import { t } from '../l10n';
import type { Generator } from './generator';
import type { RecentModels } from './recentModels';
import { changeSetting } from './settings';

const DEFAULT_MODEL = 'default';
/** `owner/name`, perhaps with `@revision`, as the hub writes it. */
const HUB_ID = /^[\w.-]+\/[\w.-]+(@[\w./-]+)?$/;

type Choice = vscode.QuickPickItem & { readonly pick: () => Thenable<string | undefined> };

/**
 * Changes the model and loads it.
 *
 * @param given `default`, a path or a hub id, from a keybinding's `args`; without it the user is asked
 */
export async function chooseModel(generator: Generator, recent: RecentModels, given: unknown): Promise<void> {
  const model = typeof given === 'string' ? given.trim() : await ask(recent);
  if (model === undefined) return;
  if (model === '') {
    throw new UserError(
      'usage',
      t('The setting draftscope.model is empty.'),
      t('Write "default", a path or a hub id.'),
    );
  }
  if (!(await generator.isFree())) return;
  await changeSetting('model', model);
  await generator.load();
  if (model !== DEFAULT_MODEL) await recent.add(model);
}

async function ask(recent: RecentModels): Promise<string | undefined> {
  const separator = (label: string) => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
    pick: () => Promise.resolve(undefined),
  });
  const choices: Choice[] = [
    {
      label: `$(home) ${t('Default Model')}`,
      description: t('SmolLM2-135M-Instruct, fetched once (about 90 MB)'),
      pick: () => Promise.resolve(DEFAULT_MODEL),
    },
    {
      label: `$(file) ${t('GGUF File…')}`,
      description: t('Llama family; F32, F16, BF16, Q8_0, Q4_0 or Q4_1'),
      pick: () => browse({ canSelectFiles: true, filters: { [t('GGUF models')]: ['gguf'] } }),
    },
    {
      label: `$(folder) ${t('Hugging Face Folder…')}`,
      description: t('With config.json, tokenizer.json and safetensors'),
      pick: () => browse({ canSelectFiles: false, canSelectFolders: true }),
    },
    {
      label: `$(cloud-download) ${t('Hub Id…')}`,
      description: t('owner/name on the Hugging Face hub'),
      pick: typeHubId,
    },
    separator(t('Recent')),
    ...recent.list.map((model) => ({ label: model, pick: () => Promise.resolve(model) })),
  ];
  const chosen = await vscode.window.showQuickPick(choices, {
    title: t('Choose Model'),
    placeHolder: t('The target: the model whose output is wanted'),
    matchOnDescription: true,
  });
  return chosen?.pick();
}

async function browse(options: vscode.OpenDialogOptions): Promise<string | undefined> {
  const chosen = await vscode.window.showOpenDialog({ ...options, openLabel: t('Use This Model') });
  return chosen?.[0].fsPath;
}

async function typeHubId(): Promise<string | undefined> {
  const id = await vscode.window.showInputBox({
    title: t('Model on the Hugging Face Hub'),
    placeHolder: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    ignoreFocusOut: true,
    validateInput: (value) => (HUB_ID.test(value.trim()) ? null : t('Write it as owner/name.')),
  });
  return id?.trim();
}
