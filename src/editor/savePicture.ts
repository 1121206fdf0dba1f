import { t } from '../l10n';
import type { FromView } from '../protocol/view';
import { TRACE_SUFFIX } from '../trace/schema';
import type * as vscode from 'vscode';
import { askSavePlace, writeFile } from './saveFile';

type Picture = Extract<FromView, { type: 'picture' }>;

/**
 * Writes a picture that a view made to a file of the user's choice.
 *
 * @returns the file, undefined when the user thought better of it
 * @throws UserError `disk`
 */
export async function savePicture({ format, title, data }: Picture): Promise<vscode.Uri | undefined> {
  const name = `${title.replace(TRACE_SUFFIX, '')}.${format}`;
  const kind = format === 'svg' ? t('SVG drawings') : t('PNG pictures');
  const target = await askSavePlace(t('Save View'), name, { [kind]: [format] });
  if (target !== undefined) await writeFile(target, new Uint8Array(data));
  return target;
}
