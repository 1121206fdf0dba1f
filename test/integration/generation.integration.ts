import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { readTrace } from '../../src/trace/reader';
import type { Trace } from '../../src/trace/parse';
import { generate, workbench } from './support';

/** What a trace says was generated; its last character may be cut off by the token limit. */
function textOf({ rounds }: Trace): string {
  const bytes = rounds.flatMap((round) => round.emitted_bytes.map((piece) => Buffer.from(piece, 'base64')));
  return Buffer.concat(bytes).toString('utf8');
}

describe('a generation with the default model', () => {
  const bench = workbench();

  it('puts its text into an untitled document and leaves a trace that reads back', async () => {
    await bench.set({ maxTokens: 48 });

    const outcome = await generate();

    assert.ok(outcome, 'the command failed');
    const trace = await readTrace(outcome.trace.fsPath);
    assert.deepEqual(bench.traces(), [outcome.trace.fsPath]);
    assert.equal(trace.truncated, false);
    assert.deepEqual(trace.summary, outcome.summary);
    const { tokens, finishReason } = outcome.summary;
    assert.equal(trace.rounds.flatMap(({ emitted }) => emitted).length, tokens);
    // Processors round the file's weights differently, so the text may end before the limit on some.
    assert.ok(finishReason === 'stop' ? tokens <= 48 : tokens === 48, `${tokens} tokens, ${finishReason}`);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.isUntitled, true);
    assert.equal(document.getText(), textOf(trace));
    assert.match(document.getText(), /def \w+\(/);
  });

  it('accepts drafted tokens, so that it takes fewer rounds than tokens', async () => {
    await bench.set({ maxTokens: 128, drafter: 'suffix' });

    const outcome = await generate();

    assert.ok(outcome, 'the command failed');
    const { tokens, rounds, accepted, bonus, corrections } = outcome.summary;
    assert.ok(tokens > 48 && tokens <= 128, `${tokens} tokens`);
    assert.ok(accepted > 0, 'no drafted token was accepted');
    assert.ok(rounds < tokens, `${rounds} rounds for ${tokens} tokens`);
    assert.equal(tokens, accepted + bonus + corrections);
  });

  it('inserts the text at the cursor when the user wants it there, and replaces nothing', async () => {
    await bench.set({ maxTokens: 16, output: 'cursor' });
    const document = await vscode.workspace.openTextDocument({ content: 'before after' });
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(0, 0, 0, 'before '.length);

    const outcome = await generate();

    assert.ok(outcome, 'the command failed');
    const text = textOf(await readTrace(outcome.trace.fsPath));
    assert.equal(document.getText(), `before ${text}after`);
  });

  it('exports its trace for Perfetto and speedscope', async () => {
    await bench.set({ maxTokens: 8 });
    const target = vscode.Uri.file(path.join(bench.folder, 'exported.trace.json'));

    const outcome = await generate();
    await vscode.commands.executeCommand('draftscope.exportTrace', outcome?.trace, {
      format: 'chrome',
      target,
    });

    const exported = JSON.parse(fs.readFileSync(target.fsPath, 'utf8')) as {
      traceEvents: { name: string }[];
    };
    assert.ok(exported.traceEvents.some(({ name }) => name === 'verify'));
  });
});
