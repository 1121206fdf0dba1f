import * as vscode from 'vscode';
import { z } from 'zod';
import { Pacer } from '../host/pacer';
import { t } from '../l10n';
import { chromeTrace } from '../trace/chromeTrace';
import { htmlReport } from '../trace/report/htmlReport';
import { RoundsCsv } from '../trace/roundsCsv';
import { TRACE_SUFFIX } from '../trace/schema';
import { askSavePlace, keep, writeFile } from './saveFile';
import { askTrace, type RecentTraces } from './chooseTrace';
import { nameOf, readTraceAt } from './traceFiles';

const formatSchema = z.enum(['spectrace', 'html', 'csv', 'chrome']);

interface Format {
  readonly label: string;
  readonly detail: string;
  readonly id: z.infer<typeof formatSchema>;
  readonly suffix: string;
  readonly filter: Record<string, string[]>;
}

function formats(): readonly Format[] {
  return [
    {
      label: t('Draftscope Trace'),
      detail: t('The whole record, as a *.spectrace.jsonl file'),
      id: 'spectrace',
      suffix: TRACE_SUFFIX,
      filter: { [t('Draftscope traces')]: ['jsonl'] },
    },
    {
      label: t('HTML Report'),
      detail: t('What was found, the numbers and the text as one page, to read anywhere'),
      id: 'html',
      suffix: '.html',
      filter: { [t('Web pages')]: ['html'] },
    },
    {
      label: t('Table of Rounds'),
      detail: t('A line a round, as CSV for a spreadsheet'),
      id: 'csv',
      suffix: '.csv',
      filter: { [t('Tables')]: ['csv'] },
    },
    {
      label: t('Chrome Trace'),
      detail: t('The rounds in time, for Perfetto and speedscope'),
      id: 'chrome',
      suffix: '.trace.json',
      filter: { [t('Chrome traces')]: ['json'] },
    },
  ];
}

/** What a keybinding's or a test's `args` may say in advance; a menu's own second argument says nothing. */
const optionsSchema = z.object({
  format: formatSchema.optional(),
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
  recent: RecentTraces,
  source: unknown,
  options: unknown,
): Promise<vscode.Uri | undefined> {
  const given = optionsSchema.safeParse(options ?? {}).data ?? {};
  const trace =
    source instanceof vscode.Uri
      ? source
      : await askTrace(recent, {
          title: t('Export Trace'),
          placeHolder: t('Which one? The newest is first.'),
        });
  if (trace === undefined) return undefined;
  const format = formats().find(({ id }) => id === given.format) ?? (await askFormat());
  if (format === undefined) return undefined;
  const target = given.target ?? (await askTarget(trace, format));
  if (target === undefined) return undefined;
  await write(trace, format, target);
  return target;
}

async function write(trace: vscode.Uri, format: Format, target: vscode.Uri): Promise<void> {
  const csv = new RoundsCsv();
  // Read in any case: what is no trace is not exported as one.
  const read = await readTraceAt(trace, format.id === 'csv' ? { visit: csv.add } : {});
  const save = (text: string) => writeFile(target, new TextEncoder().encode(text));
  switch (format.id) {
    case 'spectrace':
      if (trace.toString() !== target.toString()) {
        await keep(target, () => vscode.workspace.fs.copy(trace, target, { overwrite: true }));
      }
      break;
    case 'csv':
      await save(csv.text);
      break;
    case 'html':
      // The others in the editor's process have their turn while a long run's report is made.
      await save(await new Pacer().finish(htmlReport(read, nameOf(trace))));
      break;
    case 'chrome':
      await save(JSON.stringify(chromeTrace(read.header, read.rounds, read.counts.rounds)));
  }
}

async function askFormat(): Promise<Format | undefined> {
  return vscode.window.showQuickPick(formats(), { title: t('Export Trace'), placeHolder: t('As what?') });
}

async function askTarget(trace: vscode.Uri, format: Format): Promise<vscode.Uri | undefined> {
  const name = nameOf(trace).replace(TRACE_SUFFIX, '') + format.suffix;
  return askSavePlace(t('Export as {0}', format.label), name, format.filter);
}
