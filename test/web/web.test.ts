import assert from 'node:assert/strict';
import { Window } from '../window/window';

/** VS Code's window with Draftscope in the browser's own worker: no machine, no Node, no engine. */
describe('Draftscope in the browser alone', function () {
  this.timeout(180_000);
  let window: Window;

  afterEach(async function () {
    const { title, state } = this.currentTest!;
    if (state === 'failed') await window.picture(`web failed - ${title}`);
    await window.close();
  });

  it('shows a recorded run, and says where generating is to be had', async () => {
    window = await Window.open();
    await window.command('Draftscope: Open Sample Trace');
    const { traceEditor } = window;
    await traceEditor.locator('.status-text', { hasText: /^\d+\stokens in \d+\srounds, / }).waitFor();
    await traceEditor.locator('.band[data-round="0"]').waitFor();
    await window.picture('web-sample-trace');

    await window.command('Draftscope: Generate from Prompt');
    assert.match(await window.toast(/in the browser alone/).innerText(), /VS Code on a desktop/);
  });
});
