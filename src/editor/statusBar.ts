import * as vscode from 'vscode';
import { Coalescer } from '../host/coalescer';
import type { Session } from '../host/session';
import { healthText } from './healthText';
import { COMMANDS } from './ids';

/** Numbers that change faster than this cannot be read. */
const INTERVAL_MS = 250;

/** The engine's health in the status bar; a click offers what can be done. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'draftscope.health',
    vscode.StatusBarAlignment.Right,
  );
  private readonly updates = new Coalescer(INTERVAL_MS, () => this.update());
  private readonly subscriptions: (() => void)[];

  constructor(private readonly session: Session) {
    this.item.name = 'Draftscope';
    this.item.command = COMMANDS.quickActions;
    this.subscriptions = [
      session.changed.subscribe(() => this.updates.request()),
      session.record.changed.subscribe(() => this.updates.request()),
    ];
    this.update();
    this.item.show();
  }

  dispose(): void {
    for (const unsubscribe of this.subscriptions) unsubscribe();
    this.updates.drop();
    this.item.dispose();
  }

  private update(): void {
    const { health, record } = this.session;
    // A recorded trace's numbers are not this engine's.
    const rates = record.state.title === '' ? record.rates : null;
    const { text, tooltip } = healthText(health, rates);
    this.item.text = text;
    this.item.tooltip = tooltip;
    // The icon alone says nothing to a screen reader.
    this.item.accessibilityInformation = { label: `Draftscope: ${tooltip}`, role: 'button' };
    this.item.backgroundColor =
      health.kind === 'error' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
  }
}
