import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { readTrace } from '../../src/trace/reader';
import { workbench } from './support';

describe('Open Sample Trace', () => {
  workbench();

  it('opens a recorded run in the trace editor', async () => {
    await vscode.commands.executeCommand('draftscope.openSampleTrace');

    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom, 'no custom editor is in front');
    assert.equal(input.viewType, 'draftscope.trace');
    assert.equal(path.basename(input.uri.fsPath), 'sample.spectrace.jsonl');
    const trace = await readTrace(input.uri.fsPath);
    assert.equal(trace.truncated, false);
    assert.ok(trace.rounds.some(({ accepted_path }) => accepted_path.length > 0));
  });
});
