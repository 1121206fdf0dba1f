import * as vscode from 'vscode';
import { UserError } from '../errors';
import { t } from '../l10n';
import { pictureFormatSchema, type PictureFormat } from '../protocol/view';
import type { OpenViews } from './openViews';

/**
 * Has the view in front make a picture of what it shows; it then asks where to keep it.
 *
 * @param given the format, from a keybinding; without it the user is asked
 * @throws UserError `usage` when no view is seen
 */
export async function exportView(views: OpenViews, given: unknown): Promise<void> {
  const view = views.front;
  if (view === null) {
    throw new UserError(
      'usage',
      t('No view of a generation or a trace is open.'),
      t('Open the Draftscope panel or a trace first.'),
    );
  }
  const format = pictureFormatSchema.safeParse(given).data ?? (await askFormat());
  if (format !== undefined) view.draw(format);
}

async function askFormat(): Promise<PictureFormat | undefined> {
  const formats: (vscode.QuickPickItem & { readonly format: PictureFormat })[] = [
    { label: 'SVG', detail: t('A drawing: sharp at any size, for papers'), format: 'svg' },
    { label: 'PNG', detail: t('A picture: for chats and slides'), format: 'png' },
  ];
  const chosen = await vscode.window.showQuickPick(formats, {
    title: t('Export View as Picture'),
    placeHolder: t('As what?'),
  });
  return chosen?.format;
}
