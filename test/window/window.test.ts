import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cudaOffer } from '../../src/engine/cudaLibraries';
import { engines, Window } from './window';

/** What comes next is the same on any processor, however it rounds, and drafts are accepted from begin to end. */
const PROMPT =
  'Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, Monday, Tuesday, Wednesday, Thursday, Friday,';
const SETTINGS = { 'draftscope.promptFormat': 'raw', 'draftscope.maxTokens': 900 };

describe("VS Code's window, by keyboard", function () {
  this.timeout(180_000);
  let window: Window;

  afterEach(async function () {
    const { title, state } = this.currentTest!;
    if (state === 'failed') await window.picture(`window failed - ${title}`);
    await window.close();
  });

  it('shows the draft tree growing in the panel and the text in a document', async () => {
    window = await Window.open(SETTINGS);
    await window.command('Draftscope: Generate from Prompt');
    await window.answer('Generate from Prompt', PROMPT);

    const { panel } = window;
    const status = panel.locator('.status-text');
    await status.filter({ hasText: /^generating: \d+\stokens in \d+\srounds$/ }).waitFor();
    await panel.locator('.node[data-mark="accepted"]').first().waitFor();
    await window.picture('window-generating');
    const ended = /^\d+\stokens in \d+\srounds, .*: token limit reached$/;
    await status.filter({ hasText: ended }).waitFor();
    await window.picture('window-generated');

    assert.match(await window.text.innerText(), /Sunday,\sMonday/);
  });

  it('shows a recorded run without a model', async () => {
    window = await Window.open({ 'draftscope.model': '/nowhere/model.gguf' });
    await window.command('Draftscope: Open Sample Trace');

    const { traceEditor } = window;
    await traceEditor.locator('.status-text', { hasText: /^\d+\stokens in \d+\srounds, / }).waitFor();
    await traceEditor.locator('.band[data-round="0"]').waitFor();
    await traceEditor.locator('.findings li').first().waitFor();
    await window.picture('window-sample-trace');
  });

  it('says in one sentence what is wrong with a model file', async () => {
    const model = path.join(os.tmpdir(), `draftscope-corrupt-${process.pid}.gguf`);
    fs.writeFileSync(model, 'not a model');
    try {
      window = await Window.open({ 'draftscope.model': model });
      await window.command('Draftscope: Generate from Prompt');
      await window.answer('Generate from Prompt', PROMPT);

      const said = await window.toast(path.basename(model)).innerText();
      assert.doesNotMatch(said, /\n|\bat .*:\d+|Error:/);
    } finally {
      fs.rmSync(model);
    }
  });

  it('fetches nothing before its user has read what and agreed, and says why it could not', async function () {
    // Whoever has them is not asked. What agreeing brings is tested without a window; here no index is let in.
    if (cudaOffer().present) this.skip();
    window = await Window.open();
    for (const answer of ['Cancel', 'Fetch Them'] as const) {
      await window.command('Draftscope: Fetch CUDA Libraries');
      const question = window.dialog("Fetch ONNX Runtime's CUDA libraries?");
      const offer = question.filter({
        hasText: /onnxruntime-gpu==.*247 MB.*SHA-256 is checked.*Licence: MIT/s,
      });
      await offer.waitFor();
      await window.picture('window-cuda-consent');
      assert.equal(await window.toast(/CUDA/).count(), 0, 'something happened before an answer');
      await question.locator('.monaco-button', { hasText: answer }).click();
      await question.waitFor({ state: 'hidden' });
    }
    await window.toast(/^pip could not download ONNX Runtime's CUDA libraries/).waitFor();
    assert.equal(cudaOffer().present, false);
  });

  it('says why an engine died, keeps its rounds, and generates again', async () => {
    // VS Code keeps a closed window's engine for a while, in case the window comes back.
    const others = new Set(engines());
    const own = () => engines().filter((pid) => !others.has(pid));
    window = await Window.open(SETTINGS);
    await window.command('Draftscope: Generate from Prompt');
    await window.answer('Generate from Prompt', PROMPT);
    const { panel } = window;
    await panel.locator('.node[data-mark="accepted"]').first().waitFor();

    const [killed] = own();
    assert.ok(killed, 'no engine runs');
    process.kill(killed, 'SIGKILL');

    await window.toast(/engine was killed .*rounds so far are kept/).waitFor();
    assert.match(await panel.locator('.status-text').innerText(), /engine was killed/);
    assert.ok((await panel.locator('.band').count()) > 0, 'the rounds are gone');
    await window.picture('window-engine-killed');

    await window.command('Draftscope: Generate from Prompt');
    await window.answer('Generate from Prompt', PROMPT);
    await panel
      .locator('.status-text')
      .filter({ hasText: /^generating: / })
      .waitFor();
    assert.equal(own().length, 1);
    assert.ok(!own().includes(killed));
  });
});
