import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { applySetting } from '../../src/editor/applySetting';
import { UserError } from '../../src/errors';
import { EXTENSION, workbench } from './support';

describe('The button of a finding', () => {
  const bench = workbench();
  const extension = () => vscode.extensions.getExtension(EXTENSION)!;
  const inWorkspace = () =>
    vscode.workspace.getConfiguration('draftscope').inspect('draft.nodes')?.workspaceValue;
  const changed = () =>
    new Promise<void>((resolve) => {
      const listening = vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('draftscope.draft.nodes')) return;
        listening.dispose();
        resolve();
      });
    });

  /**
   * Answers the message that `said` waits for. The setting changes before the message is there, and nothing tells when
   * it is, so the answer is given until it is taken.
   */
  const answer = async (said: Promise<void>, command: string): Promise<void> => {
    let answered = false;
    const taken = said.finally(() => (answered = true));
    while (!answered) await vscode.commands.executeCommand(command);
    await taken;
  };

  it('changes the setting for this workspace, and says so', async () => {
    await bench.set({ 'draft.nodes': 9 });
    const change = changed();
    const said = applySetting(extension(), { key: 'draftscope.draft.nodes', value: 4 });
    await change;
    assert.equal(inWorkspace(), 4);
    await answer(said, 'notifications.clearAll');
    assert.equal(inWorkspace(), 4);
  });

  it('takes the change back on Undo', async () => {
    await bench.set({ 'draft.nodes': 9 });
    const change = changed();
    const said = applySetting(extension(), { key: 'draftscope.draft.nodes', value: 4 });
    await change;
    await answer(said, 'notification.acceptPrimaryAction');
    assert.equal(inWorkspace(), 9);
  });

  it('changes nothing to what the setting does not take', async () => {
    await bench.set({ 'draft.nodes': 9 });
    await assert.rejects(
      applySetting(extension(), { key: 'draftscope.draft.nodes', value: 1000 }),
      (error) => error instanceof UserError && error.code === 'usage',
    );
    assert.equal(inWorkspace(), 9);
  });
});
