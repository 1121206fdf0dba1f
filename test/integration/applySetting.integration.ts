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

  it('changes the setting for this workspace, and says so', async () => {
    await bench.set({ 'draft.nodes': 9 });
    const change = changed();
    const said = applySetting(extension(), { key: 'draftscope.draft.nodes', value: 4 });
    await change;
    assert.equal(inWorkspace(), 4);
    await vscode.commands.executeCommand('notifications.clearAll');
    await said;
    assert.equal(inWorkspace(), 4);
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
