import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Item } from '../../src/trace/item';
import { readTrace } from '../../src/trace/reader';
import { generate, workbench } from './support';

async function hoverAt(document: vscode.TextDocument, offset: number): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    document.positionAt(offset),
  );
  const contents = hovers.flatMap((hover) => hover.contents);
  return contents.map((content) => (typeof content === 'string' ? content : content.value)).join('\n');
}

describe('the tokens of a generated document', () => {
  const bench = workbench();

  it('know where they come from, follow edits, and lead to their round', async () => {
    await bench.set({ maxTokens: 64, drafter: 'suffix' });
    const outcome = await generate();
    assert.ok(outcome, 'the command failed');
    const { rounds } = await readTrace(outcome.trace.fsPath);
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor, 'no editor is in front');
    const { document } = editor;

    // The first round has a text of its own: a prompt ends in a line feed that no token shares.
    const first = rounds[0].emitted_text[0];
    assert.ok(document.getText().startsWith(first));
    assert.match(await hoverAt(document, 0), /Show Round 0\]\(command:draftscope\.showRound\?/);

    await editor.edit((edit) => edit.insert(document.positionAt(0), 'typed '));
    assert.doesNotMatch(await hoverAt(document, 0), /Show Round/);
    const moved = 'typed '.length;
    assert.match(await hoverAt(document, moved), /Show Round 0\]/);

    editor.selection = new vscode.Selection(document.positionAt(moved), document.positionAt(moved));
    const shown = await vscode.commands.executeCommand<Item | undefined>('draftscope.showRound');
    assert.equal(shown?.round, 0);

    await editor.edit((edit) =>
      edit.delete(new vscode.Range(document.positionAt(moved), document.positionAt(moved + 1))),
    );
    assert.doesNotMatch(await hoverAt(document, moved), /Show Round 0\]/);

    await bench.set({ marks: false });
    assert.doesNotMatch(await hoverAt(document, document.getText().length - 1), /Show Round/);
  });
});
