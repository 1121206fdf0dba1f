import * as vscode from 'vscode';
import type { GenerationRecord } from '../host/record';
import { ViewFeed } from '../host/viewFeed';
import { fromViewSchema, type FromView } from '../protocol/view';
import { applySetting } from './applySetting';
import type { ErrorReport } from './errorReport';
import { COMMANDS } from './ids';
import { fillWebview } from './webviewHtml';

type ViewCommand = Extract<FromView, { type: 'command' }>['command'];

const COMMAND_OF: Record<ViewCommand, string> = {
  generate: COMMANDS.generateFromPrompt,
  openSample: COMMANDS.openSampleTrace,
  openTrace: COMMANDS.openTrace,
  exportTrace: COMMANDS.exportTrace,
  cancel: COMMANDS.cancel,
};

export interface ViewConnectionParts {
  readonly extension: vscode.Extension<unknown>;
  readonly record: GenerationRecord;
  readonly layout: 'panel' | 'wide';
  readonly log: vscode.LogOutputChannel;
  readonly report: ErrorReport;
  /** What the view's commands are about: a trace editor's own file. */
  readonly subject?: vscode.Uri;
  /** What the view's Cancel ends, where that is not the engine's work. */
  readonly cancel?: () => void;
}

/** Connects one webview with one record: fills it, feeds it, and does what it asks for. */
export class ViewConnection implements vscode.Disposable {
  private readonly feed: ViewFeed;
  private readonly listening: vscode.Disposable;

  constructor(
    webview: vscode.Webview,
    private readonly parts: ViewConnectionParts,
  ) {
    const { record, layout, report } = parts;
    this.feed = new ViewFeed(record, layout, (message) => {
      const delivery = webview.postMessage(message);
      report.settle(delivery);
      return delivery;
    });
    // Before the page is there: its first word must not be missed.
    this.listening = webview.onDidReceiveMessage((message: unknown) => this.receive(message));
    fillWebview(webview, parts.extension.extensionUri);
  }

  /** To be told of each change of the view's visibility. */
  visibility(visible: boolean): void {
    if (!visible) this.feed.hidden();
  }

  dispose(): void {
    this.listening.dispose();
    this.feed.dispose();
  }

  private receive(raw: unknown): void {
    const { extension, log, report, subject, cancel } = this.parts;
    const parsed = fromViewSchema.safeParse(raw);
    if (!parsed.success) {
      log.warn(`The view sent a message that is not understood: ${parsed.error.message}`);
      return;
    }
    const message = parsed.data;
    switch (message.type) {
      case 'ready':
      case 'received':
      case 'want':
      case 'ask':
      case 'analyse':
        this.feed.receive(message);
        break;
      case 'command': {
        if (message.command === 'cancel' && cancel !== undefined) {
          cancel();
          break;
        }
        const about = message.command === 'exportTrace' && subject !== undefined ? [subject] : [];
        report.settle(vscode.commands.executeCommand(COMMAND_OF[message.command], ...about));
        break;
      }
      case 'change':
        applySetting(extension, message.setting).catch((error: unknown) => report.show(error, 'editor'));
        break;
      case 'problem':
        log.warn(`The view reports: ${message.message}`);
        break;
    }
  }
}
