import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { readTrace } from '../../src/trace/reader';
import { engines, firstText, generate, workbench } from './support';

/** Whole rounds that the file holds now. */
function roundsIn(trace: string): number {
  const lines = fs.readFileSync(trace, 'utf8').split('\n');
  return lines.filter((line) => line.startsWith('{"type":"round"')).length;
}

describe('when a generation does not go to its end', () => {
  const bench = workbench();

  it('cancels within a round and keeps what was generated', async () => {
    await bench.set({ maxTokens: 400, drafter: 'none' });
    const shown = firstText();

    const generation = generate();
    await shown;
    const [trace] = bench.traces();
    const before = roundsIn(trace);
    await vscode.commands.executeCommand('draftscope.cancel');
    const outcome = await generation;

    assert.equal(outcome?.summary.finishReason, 'cancelled');
    const record = await readTrace(trace);
    assert.equal(record.truncated, false);
    // The round that runs when the message arrives ends, and one more may have begun while it was on its way.
    const after = record.rounds.length - before;
    assert.ok(after <= 2, `${after} rounds were run after the cancellation`);
  });

  it('keeps the rounds of an engine that was killed, and starts a new one for the next command', async () => {
    await bench.set({ maxTokens: 400 });
    const shown = firstText();

    const generation = generate();
    const document = await shown;
    const killed = engines.at(-1);
    assert.ok(killed, 'there was no engine to kill');
    assert.ok(killed.kill('SIGKILL'));
    assert.equal(await generation, undefined);

    const [trace] = bench.traces();
    const record = await readTrace(trace);
    assert.equal(record.truncated, true);
    assert.ok(record.rounds.length > 0, 'no round was kept');
    assert.notEqual(document.getText(), '');

    await bench.set({ maxTokens: 4 });
    const next = await generate();
    assert.equal(next?.summary.tokens, 4);
    assert.notEqual(engines.at(-1)?.pid, killed.pid);
  });

  for (const [what, name, content] of [
    ['is corrupt', 'corrupt.gguf', 'not a model'],
    ['is missing', 'missing.gguf', null],
  ] as const) {
    it(`writes nothing when the model file ${what}, and works again with another one`, async () => {
      const model = path.join(bench.folder, name);
      if (content !== null) fs.writeFileSync(model, content);
      await bench.set({ model, maxTokens: 4 });

      assert.equal(await generate(), undefined);
      assert.deepEqual(bench.traces(), []);
      assert.equal(vscode.window.activeTextEditor, undefined);

      await bench.set({ model: 'default' });
      assert.equal((await generate())?.summary.tokens, 4);
    });
  }
});
