import type * as vscode from 'vscode';
import { ViewConnection, type ViewConnectionParts } from './viewConnection';

/** The side panel: the live generation. The editor makes its content anew each time it is shown. */
export class GenerationView implements vscode.WebviewViewProvider {
  constructor(private readonly parts: Omit<ViewConnectionParts, 'layout' | 'subject' | 'cancel'>) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    const connection = new ViewConnection(view.webview, { ...this.parts, layout: 'panel' });
    const visibility = view.onDidChangeVisibility(() => connection.visibility(view.visible));
    view.onDidDispose(() => {
      visibility.dispose();
      connection.dispose();
    });
  }
}
