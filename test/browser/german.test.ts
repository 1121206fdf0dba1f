import assert from 'node:assert/strict';
import { snapshot } from '../support/rounds';
import { axeFaults } from './axe';
import type { ViewPage } from './page';
import { eachOnItsPage } from './suite';

describe('webview in German', function () {
  this.timeout(60_000);
  let view: ViewPage;
  const open = eachOnItsPage((opened) => (view = opened));

  it('greets', async () => {
    await open({ language: 'de' });
    assert.match(
      await view.page.innerText('.welcome'),
      /Ein kleiner Drafter schlägt die nächsten Token vor\./,
    );
  });

  for (const layout of ['panel', 'wide'] as const) {
    it(`says what it shows, its numbers too, and everyone can use it: ${layout}`, async () => {
      await open({ language: 'de', width: layout === 'wide' ? 1200 : 360 });
      const { page } = view;
      await view.send(snapshot({ layout }));
      await page.click('#r2n1');
      await view.settle();
      assert.match(await page.innerText('.card'), /verworfen: Das Target hat "·data" \(p \.62\) gezogen/);
      assert.match(await page.innerText('.readings'), /\d,\d/);
      assert.match((await page.getAttribute('#r2', 'aria-label')) ?? '', /^Runde 2: 1 von 7 akzeptiert/);
      assert.deepEqual(await axeFaults(page), []);
    });
  }
});
