import * as vscode from 'vscode';
import { UserError } from '../errors';
import { t } from '../l10n';

/** Asks where to keep a file: in the workspace's first folder, where there is one, under this name. */
export function askSavePlace(
  title: string,
  name: string,
  filters: Record<string, string[]>,
): Thenable<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return vscode.window.showSaveDialog({
    title,
    defaultUri: folder === undefined ? vscode.Uri.file(name) : vscode.Uri.joinPath(folder, name),
    filters,
  });
}

/**
 * Writes a file wherever the editor can write.
 *
 * @throws UserError `disk`
 */
export async function writeFile(target: vscode.Uri, bytes: Uint8Array): Promise<void> {
  await keep(target, () => vscode.workspace.fs.writeFile(target, bytes));
}

/**
 * Runs what writes a file, and says in the user's terms why it could not.
 *
 * @throws UserError `disk`
 */
export async function keep(target: vscode.Uri, write: () => Thenable<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(
      'disk',
      t('{0} could not be written: {1}.', placeOf(target), why),
      t('Choose another place.'),
      { cause: error },
    );
  }
}

/** A file's place as the user knows it. */
export function placeOf(uri: vscode.Uri): string {
  return uri.scheme === 'file' ? uri.fsPath : uri.toString(true);
}
