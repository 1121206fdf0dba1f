import * as vscode from 'vscode';
import { sentenceOf, UserError, type ErrorCode } from '../errors';
import { COMMANDS } from './ids';

interface Action {
  readonly title: string;
  run(): Thenable<unknown>;
}

const SHOW_LOG: Action = {
  title: 'Show Log',
  run: () => vscode.commands.executeCommand(COMMANDS.showLog),
};
const CHOOSE_MODEL: Action = {
  title: 'Choose Model',
  run: () => vscode.commands.executeCommand(COMMANDS.chooseModel),
};
const openSettings = (query: string): Action => ({
  title: 'Open Settings',
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
    this.settle(
      vscode.window
        .showWarningMessage(sentence, SHOW_LOG.title)
        .then((chosen) => (chosen === undefined ? undefined : SHOW_LOG.run())),
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
      return [...settings, ...(subject === 'model' ? [CHOOSE_MODEL] : []), SHOW_LOG];
    case 'disk':
    case 'engine':
      return [...settings, SHOW_LOG];
    case 'cancelled':
      return [];
    case null:
      return [SHOW_LOG];
  }
}
