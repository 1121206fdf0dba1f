import assert from 'node:assert/strict';
import path from 'node:path';
import { snapshot } from '../support/rounds';
import { axeFaults } from './axe';
import { Harness, type ViewPage } from './page';

const DIST = path.resolve(__dirname, '../..');

describe('webview in German', function () {
  this.timeout(60_000);
  let harness: Harness;
  let view: ViewPage;

  before(async () => {
    harness = await Harness.start(DIST);
  });
  after(() => harness?.stop());
  afterEach(async () => {
    const { complaints } = view;
    await view.close();
    assert.deepEqual(complaints, []);
  });

  it('greets', async () => {
    view = await harness.open({ language: 'de' });
    assert.match(
      await view.page.innerText('.welcome'),
      /Ein kleiner Drafter schlägt die nächsten Token vor\./,
    );
  });

  for (const layout of ['panel', 'wide'] as const) {
    it(`says what it shows, its numbers too, and everyone can use it: ${layout}`, async () => {
      view = await harness.open({ language: 'de', width: layout === 'wide' ? 1200 : 360 });
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
