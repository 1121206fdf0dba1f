import * as vscode from 'vscode';
import type { Session } from '../host/session';
import type { ErrorReport } from './errorReport';
import { BUSY_CONTEXT } from './ids';

/** Keeps the context key of menus and keybindings in step with the session. */
export class BusyContext implements vscode.Disposable {
  private busy = false;
  readonly dispose: () => void;

  constructor(session: Session, report: ErrorReport) {
    this.dispose = session.changed.subscribe(() => {
      if (session.busy === this.busy) return;
      this.busy = session.busy;
      report.settle(vscode.commands.executeCommand('setContext', BUSY_CONTEXT, this.busy));
    });
  }
}
