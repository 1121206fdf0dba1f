import * as vscode from 'vscode';
import { z } from 'zod';
import { UserError } from '../errors';
import { chromeTrace } from '../trace/chromeTrace';
import { TRACE_SUFFIX } from '../trace/schema';
import { TRACE_EDITOR } from './ids';
import { nameOf, readTraceAt, type TraceFolder } from './traceFiles';

interface Format {
  readonly label: string;
  readonly detail: string;
  readonly id: 'spectrace' | 'chrome';
  readonly suffix: string;
  readonly filter: Record<string, string[]>;
}

const FORMATS: readonly Format[] = [
  {
    label: 'Draftscope Trace',
    detail: 'The whole record, as a *.spectrace.jsonl file',
    id: 'spectrace',
    suffix: TRACE_SUFFIX,
    filter: { 'Draftscope traces': ['jsonl'] },
  },
  {
    label: 'Chrome Trace',
    detail: 'The rounds in time, for Perfetto and speedscope',
    id: 'chrome',
    suffix: '.trace.json',
    filter: { 'Chrome traces': ['json'] },
  },
];

/** What a keybinding's or a test's `args` may say in advance; a menu's own second argument says nothing. */
const optionsSchema = z.object({
  format: z.enum(['spectrace', 'chrome']).optional(),
  target: z.custom<vscode.Uri>((value) => value instanceof vscode.Uri).optional(),
});

/**
 * Writes a trace to a file of the user's choice.
 *
 * @param source the trace's uri; without it the user chooses among the open and the recent ones
 * @param options `format` and `target`; what is missing is asked for
 * @returns the file that was written, undefined when the user thought better of it
 */
export async function exportTrace(
  traces: TraceFolder,
  traceFolder: string,
  source: unknown,
  options: unknown,
): Promise<vscode.Uri | undefined> {
  const given = optionsSchema.safeParse(options ?? {}).data ?? {};
  const trace = source instanceof vscode.Uri ? source : await askTrace(traces, traceFolder);
  if (trace === undefined) return undefined;
  const format = FORMATS.find(({ id }) => id === given.format) ?? (await askFormat());
  if (format === undefined) return undefined;
  const target = given.target ?? (await askTarget(trace, format));
  if (target === undefined) return undefined;
  await write(trace, format, target);
  return target;
}

async function write(trace: vscode.Uri, format: Format, target: vscode.Uri): Promise<void> {
  // Read in any case: what is no trace is not exported as one.
  const { header, rounds } = await readTraceAt(trace);
  try {
    switch (format.id) {
      case 'spectrace':
        if (trace.toString() === target.toString()) return;
        await vscode.workspace.fs.copy(trace, target, { overwrite: true });
        return;
      case 'chrome': {
        const json = JSON.stringify(chromeTrace(header, rounds));
        await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(json));
      }
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError('disk', `${target.fsPath} could not be written: ${why}.`, 'Choose another place.', {
      cause: error,
    });
  }
}

async function askTrace(traces: TraceFolder, traceFolder: string): Promise<vscode.Uri | undefined> {
  const open = openTraces();
  const isOpen = (uri: vscode.Uri) => open.some((other) => other.toString() === uri.toString());
  const recent = (await traces.recent(traceFolder)).filter((uri) => !isOpen(uri));
  if (open.length + recent.length === 0) {
    throw new UserError('usage', 'There is no trace to export yet.', 'Generate something first.');
  }
  const chosen = await vscode.window.showQuickPick(
    [
      ...open.map((uri) => ({ label: nameOf(uri), description: 'open', uri })),
      ...recent.map((uri) => ({ label: nameOf(uri), description: '', uri })),
    ],
    { title: 'Export Trace', placeHolder: 'Which one? The newest is first.' },
  );
  return chosen?.uri;
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

async function askFormat(): Promise<Format | undefined> {
  return vscode.window.showQuickPick(FORMATS, { title: 'Export Trace', placeHolder: 'As what?' });
}

async function askTarget(trace: vscode.Uri, format: Format): Promise<vscode.Uri | undefined> {
  const name = nameOf(trace).replace(TRACE_SUFFIX, '') + format.suffix;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return vscode.window.showSaveDialog({
    title: `Export as ${format.label}`,
    defaultUri: folder === undefined ? vscode.Uri.file(name) : vscode.Uri.joinPath(folder, name),
    filters: format.filter,
  });
}
