import * as vscode from 'vscode';
import { spokenLanguage } from '../l10n';

/** Gives a webview the one page there is, which runs our script and nothing else. */
export function fillWebview(webview: vscode.Webview, extensionUri: vscode.Uri): void {
  const dist = vscode.Uri.joinPath(extensionUri, 'dist');
  webview.options = { enableScripts: true, localResourceRoots: [dist] };
  const asset = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
  webview.html = page(asset('webview.js'), asset('webview.css'), webview.cspSource);
}

function page(script: string, style: string, cspSource: string): string {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
  return `<!doctype html>
<html lang="${spokenLanguage()}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Draftscope</title>
    <link rel="stylesheet" href="${style}">
  </head>
  <body>
    <script nonce="${nonce}" id="texts" type="application/json">${texts()}</script>
    <script nonce="${nonce}" src="${script}"></script>
  </body>
</html>`;
}

/** The texts of the user's language as the page takes them; empty for English. No text can end the element. */
function texts(): string {
  const { bundle } = vscode.l10n;
  return bundle === undefined ? '' : JSON.stringify(bundle).replaceAll('<', '\\u003c');
}
