import * as vscode from 'vscode';
import { t } from '../l10n';
import { itemId } from '../trace/item';
import { hoverText } from './hoverText';
import { COMMANDS } from './ids';
import type { MarkedDocuments } from './markedDocuments';
import { marksAreShown } from './markPainter';

/** Tells of the generated token that is pointed at, with a way to its round. */
export class MarkHover implements vscode.HoverProvider {
  constructor(private readonly documents: MarkedDocuments) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const mark = marksAreShown() ? this.documents.at(document, position) : null;
    if (mark === null || mark.item.at === 'round') return undefined;
    const { item, source } = mark;
    const [round] = await source.rounds.read(item.round, item.round + 1);
    const content = new vscode.MarkdownString(hoverText(round, item, source.header));
    const query = encodeURIComponent(
      JSON.stringify([{ trace: source.trace.toString(), item: itemId(item) }]),
    );
    content.appendMarkdown(
      `\n\n[${t('Show Round {0}', item.round)}](command:${COMMANDS.showRound}?${query})`,
    );
    content.isTrusted = { enabledCommands: [COMMANDS.showRound] };
    const range = new vscode.Range(document.positionAt(mark.start), document.positionAt(mark.end));
    return new vscode.Hover(content, range);
  }
}
