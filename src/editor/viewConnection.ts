import * as vscode from 'vscode';
import type { GenerationRecord } from '../host/record';
import { ViewFeed } from '../host/viewFeed';
import { t } from '../l10n';
import { fromViewSchema, type FromView, type PictureFormat, type ToView } from '../protocol/view';
import { applySetting } from './applySetting';
import type { ErrorReport } from './errorReport';
import { COMMANDS } from './ids';
import type { OpenViews } from './openViews';
import { placeOf } from './saveFile';
import { savePicture } from './savePicture';
import { fillWebview } from './webviewHtml';

type ViewCommand = Extract<FromView, { type: 'command' }>['command'];

const COMMAND_OF: Record<ViewCommand, string> = {
  generate: COMMANDS.generateFromPrompt,
  openSample: COMMANDS.openSampleTrace,
  openTrace: COMMANDS.openTrace,
  exportTrace: COMMANDS.exportTrace,
  compareTraces: COMMANDS.compareTraces,
  cancel: COMMANDS.cancel,
};

export interface ViewConnectionParts {
  readonly extension: vscode.Extension<unknown>;
  readonly record: GenerationRecord;
  readonly layout: 'panel' | 'wide';
  readonly log: vscode.LogOutputChannel;
  readonly report: ErrorReport;
  readonly views: OpenViews;
  /** What the view's commands are about: a trace editor's own file. */
  readonly subject?: vscode.Uri;
  /** What the view's Cancel ends, where that is not the engine's work. */
  readonly cancel?: () => void;
}

/** Connects one webview with one record: fills it, feeds it, and does what it asks for. */
export class ViewConnection implements vscode.Disposable {
  private readonly feed: ViewFeed;
  private readonly listening: vscode.Disposable;
  private isVisible = true;

  constructor(
    private readonly webview: vscode.Webview,
    private readonly parts: ViewConnectionParts,
  ) {
    const { record, layout, views } = parts;
    this.feed = new ViewFeed(record, layout, (message) => this.post(message));
    views.toFront(this);
    // Before the page is there: its first word must not be missed.
    this.listening = webview.onDidReceiveMessage((message: unknown) => this.receive(message));
    fillWebview(webview, parts.extension.extensionUri);
  }

  get visible(): boolean {
    return this.isVisible;
  }

  /**
   * To be told of each change of the view's visibility.
   *
   * @param front whether it is the one that the user turned to, of several that are seen
   */
  visibility(visible: boolean, front = visible): void {
    this.isVisible = visible;
    if (front) this.parts.views.toFront(this);
    if (!visible) this.feed.hidden();
  }

  get record(): GenerationRecord {
    return this.parts.record;
  }

  /** Has the view show an item of its record, by its id. */
  reveal(item: string): void {
    this.feed.reveal(item);
  }

  /** Has the view make a picture of what it shows. */
  draw(format: PictureFormat): void {
    void this.post({ type: 'draw', format });
  }

  dispose(): void {
    this.parts.views.remove(this);
    this.listening.dispose();
    this.feed.dispose();
  }

  private post(message: ToView): Thenable<boolean> {
    const delivery = this.webview.postMessage(message);
    this.parts.report.settle(delivery);
    return delivery;
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
      case 'predict':
        this.feed.receive(message);
        break;
      case 'command': {
        if (message.command === 'cancel' && cancel !== undefined) {
          cancel();
          break;
        }
        const isAbout = message.command === 'exportTrace' || message.command === 'compareTraces';
        const about = isAbout && subject !== undefined ? [subject] : [];
        report.settle(vscode.commands.executeCommand(COMMAND_OF[message.command], ...about));
        break;
      }
      case 'change':
        applySetting(extension, message.setting).catch((error: unknown) => report.show(error, 'editor'));
        break;
      case 'picture':
        void this.keep(message);
        break;
      case 'problem':
        log.warn(`The view reports: ${message.message}`);
        break;
    }
  }

  private async keep(picture: Extract<FromView, { type: 'picture' }>): Promise<void> {
    const { report } = this.parts;
    try {
      const target = await savePicture(picture);
      if (target !== undefined) {
        report.settle(vscode.window.showInformationMessage(t('Saved as {0}.', placeOf(target))));
      }
    } catch (error) {
      report.show(error, 'editor');
    }
  }
}
