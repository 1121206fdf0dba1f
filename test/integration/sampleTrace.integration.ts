import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { readTrace } from '../../src/trace/reader';
import { workbench } from './support';

describe('Open Sample Trace', () => {
  const bench = workbench();

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

  it('and exports it as a report and as a table', async () => {
    const uri = await openedSample();
    const exported = async (format: string) => {
      const target = vscode.Uri.file(path.join(bench.folder, `sample.${format}`));
      await vscode.commands.executeCommand('draftscope.exportTrace', uri, { format, target });
      return fs.readFileSync(target.fsPath, 'utf8');
    };
    const { rounds } = await readTrace(uri.fsPath);
    assert.match(await exported('html'), /^<!doctype html>/);
    assert.equal((await exported('csv')).trim().split('\r\n').length, 1 + rounds.length);
  });

  it('and stands beside another trace in its editor', async () => {
    const uri = await openedSample();
    const other = path.join(bench.folder, 'other.spectrace.jsonl');
    fs.copyFileSync(uri.fsPath, other);
    await vscode.commands.executeCommand('draftscope.compareTraces', vscode.Uri.file(other), uri);
    assert.equal(frontTrace()?.fsPath, other);
  });
});

async function openedSample(): Promise<vscode.Uri> {
  await vscode.commands.executeCommand('draftscope.openSampleTrace');
  const uri = frontTrace();
  assert.ok(uri !== undefined, 'no custom editor is in front');
  return uri;
}

function frontTrace(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom ? input.uri : undefined;
}
