import * as vscode from 'vscode';
import { sentenceOf, UserError, type ErrorCode } from '../errors';
import { t } from '../l10n';
import { COMMANDS } from './ids';

interface Action {
  readonly title: string;
  run(): Thenable<unknown>;
}

const showLog = (): Action => ({
  title: t('Show Log'),
  run: () => vscode.commands.executeCommand(COMMANDS.showLog),
});
const chooseModel = (): Action => ({
  title: t('Choose Model'),
  run: () => vscode.commands.executeCommand(COMMANDS.chooseModel),
});
const openSettings = (query: string): Action => ({
  title: t('Open Settings'),
  run: () => vscode.commands.executeCommand('workbench.action.openSettings', query),
});

/** What the work that failed was about: it decides which next steps are offered. */
export type Subject = 'model' | 'trace' | 'editor';

/** The one way in which errors reach the user: one sentence with its next steps; the rest goes to the log. */
export class ErrorReport {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** Never rejects and does not wait for the user. */
  show(error: unknown, subject: Subject): void {
    const sentence = sentenceOf(error);
    if (error instanceof UserError && error.code === 'cancelled') {
      this.log.info(sentence);
      return;
    }
    this.log.error(error instanceof UserError ? sentence : error instanceof Error ? error : sentence);
    const actions = actionsFor(error, subject);
    const titles = actions.map(({ title }) => title);
    this.settle(
      vscode.window
        .showErrorMessage(sentence, ...titles)
        .then((chosen) => actions.find(({ title }) => title === chosen)?.run()),
    );
  }

  /** For what went wrong on the side and stops nothing. */
  warn(sentence: string): void {
    this.log.warn(sentence);
    const action = showLog();
    this.settle(
      vscode.window
        .showWarningMessage(sentence, action.title)
        .then((chosen) => (chosen === undefined ? undefined : action.run())),
    );
  }

  /** For work whose end nobody awaits: a failure goes to the log instead of being unhandled. */
  settle(work: Thenable<unknown>): void {
    work.then(undefined, (error: unknown) => this.log.error(error instanceof Error ? error : String(error)));
  }
}

function actionsFor(error: unknown, subject: Subject): Action[] {
  const setting = /draftscope(\.[a-z]\w*)+/i.exec(sentenceOf(error))?.[0];
  const settings = setting === undefined ? [] : [openSettings(`@id:${setting}`)];
  const code: ErrorCode | null = error instanceof UserError ? error.code : null;
  switch (code) {
    case 'usage':
      return settings;
    case 'bad-file':
    case 'unsupported':
    case 'network':
      return [...settings, ...(subject === 'model' ? [chooseModel()] : []), showLog()];
    case 'disk':
    case 'engine':
      return [...settings, showLog()];
    case 'cancelled':
      return [];
    case null:
      return [showLog()];
  }
}
