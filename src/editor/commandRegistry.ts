import * as vscode from 'vscode';
import type { ErrorReport, Subject } from './errorReport';
import type { COMMANDS } from './ids';

export type CommandId = (typeof COMMANDS)[keyof typeof COMMANDS];

/** Gives a command its work. What that throws is shown and goes no further: nobody awaits a command but the editor. */
export type Register = (
  id: CommandId,
  subject: Subject,
  run: (...args: unknown[]) => unknown,
) => vscode.Disposable;

export function commandRegistry(report: ErrorReport): Register {
  return (id, subject, run) =>
    vscode.commands.registerCommand(id, async (...args: unknown[]) => {
      try {
        return await run(...args);
      } catch (error) {
        report.show(error, subject);
        return undefined;
      }
    });
}
