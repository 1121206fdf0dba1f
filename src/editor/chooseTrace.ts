import * as vscode from 'vscode';
import { UserError } from '../errors';
import { t } from '../l10n';
import { TRACE_EDITOR } from './ids';
import { nameOf } from './traceFiles';

/** The traces that were generated last, newest first. */
export type RecentTraces = () => Promise<readonly vscode.Uri[]>;

export interface TraceQuestion {
  readonly title: string;
  readonly placeHolder: string;
  /** A trace that is no answer. */
  readonly except?: vscode.Uri;
  /** Offers to look for a file elsewhere, too. */
  readonly elsewhere?: boolean;
}

/**
 * Asks for one of the traces that are open, those in front first, and of the latest ones.
 *
 * @returns undefined when the user thought better of it
 * @throws UserError `usage` when there is none
 */
export async function askTrace(
  recentTraces: RecentTraces,
  { title, placeHolder, except, elsewhere = false }: TraceQuestion,
): Promise<vscode.Uri | undefined> {
  const known = new Set(except === undefined ? [] : [except.toString()]);
  const fresh = (uri: vscode.Uri) => !known.has(uri.toString()) && known.add(uri.toString());
  const open = openTraces().filter(fresh);
  const recent = (await recentTraces()).filter(fresh);
  if (open.length + recent.length === 0 && !elsewhere) {
    throw new UserError('usage', t('There is no trace yet.'), t('Generate something first.'));
  }
  const items: (vscode.QuickPickItem & { readonly uri: vscode.Uri | null })[] = [
    ...open.map((uri) => ({ label: nameOf(uri), description: t('open'), uri })),
    ...recent.map((uri) => ({ label: nameOf(uri), uri })),
    ...(elsewhere ? [{ label: t('$(folder-opened) Another file…'), uri: null }] : []),
  ];
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder });
  return chosen?.uri === null ? askTraceFile(title) : chosen?.uri;
}

/** Asks for any trace file. */
export async function askTraceFile(title: string): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title,
    openLabel: title,
    // A dialog filters by the last part of the name only.
    filters: { [t('Draftscope traces')]: ['jsonl'] },
  });
  return chosen?.[0];
}

/** The traces in the window's trace editors, the one in front first. */
function openTraces(): vscode.Uri[] {
  const { all, activeTabGroup } = vscode.window.tabGroups;
  const tabs = all.flatMap((group) => group.tabs);
  const front = activeTabGroup.activeTab;
  const ordered = [...tabs.filter((tab) => tab === front), ...tabs.filter((tab) => tab !== front)];
  const uris = ordered.flatMap(({ input }) =>
    input instanceof vscode.TabInputCustom && input.viewType === TRACE_EDITOR ? [input.uri] : [],
  );
  return [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
}
