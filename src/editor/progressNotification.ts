import * as vscode from 'vscode';
import type { Progress } from '../protocol/engine';
import type { Health, Session } from '../host/session';
import type { ErrorReport } from './errorReport';

/** What is over sooner is not worth a notification. */
const SHOW_AFTER_MS = 500;

/** A prefill belongs to the generation: the status bar and the panel show it. */
type Phase = Exclude<Progress['phase'], 'prefill'>;

/** Shows long preparations as notifications with a bar and a Cancel button: one notification a phase. */
export class ProgressNotifications implements vscode.Disposable {
  private shown: PhaseNotification | null = null;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly session: Session,
    private readonly report: ErrorReport,
  ) {
    this.unsubscribe = session.changed.subscribe((health) => this.follow(health));
  }

  dispose(): void {
    this.unsubscribe();
    this.shown?.end();
  }

  private follow(health: Health): void {
    const progress = health.kind === 'working' ? health.progress : null;
    if (this.shown !== null && this.shown.phase !== progress?.phase) {
      this.shown.end();
      this.shown = null;
    }
    if (progress === null || progress.phase === 'prefill') return;
    this.shown ??= new PhaseNotification(progress.phase, () => this.report.settle(this.session.cancel()));
    this.shown.update(progress);
  }
}

/** One notification, from its delayed appearance to its end. */
class PhaseNotification {
  private latest: Progress | null = null;
  private bar: vscode.Progress<{ message: string; increment?: number }> | null = null;
  private percent = 0;
  private close = (): void => undefined;
  private readonly appearance: NodeJS.Timeout;

  constructor(
    readonly phase: Phase,
    private readonly cancel: () => void,
  ) {
    this.appearance = setTimeout(() => this.appear(), SHOW_AFTER_MS);
  }

  update(progress: Progress): void {
    this.latest = progress;
    if (this.bar === null) return;
    const { message, done, total } = progress;
    const percent = total === null || total === 0 ? 0 : Math.min(100, (100 * done) / total);
    const increment = Math.max(0, percent - this.percent);
    this.percent += increment;
    this.bar.report(increment === 0 ? { message } : { message, increment });
  }

  end(): void {
    clearTimeout(this.appearance);
    this.close();
  }

  private appear(): void {
    const location = vscode.ProgressLocation.Notification;
    void vscode.window.withProgress({ location, title: 'Draftscope', cancellable: true }, (bar, token) => {
      token.onCancellationRequested(this.cancel);
      this.bar = bar;
      if (this.latest !== null) this.update(this.latest);
      return new Promise<void>((resolve) => (this.close = resolve));
    });
  }
}
