import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { rounds, snapshot } from '../support/rounds';
import { axeFaults } from './axe';
import type { ViewPage } from './page';
import { eachOnItsPage } from './suite';
import { THEMES } from './themes';

/** Goes on by Tab until the focus is at an element. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate((one) => document.activeElement?.matches(one) ?? false, selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not lead to ${selector}`);
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id ?? '');

describe('the table twin of the tree', function () {
  this.timeout(60_000);
  let view: ViewPage;
  const open = eachOnItsPage((opened) => (view = opened));

  for (const layout of ['panel', 'wide'] as const) {
    it(`is reached with the keyboard from the round, and leads back into the drawing: ${layout}`, async () => {
      const { page } = await open({ width: layout === 'wide' ? 1200 : 360 });
      await view.send(snapshot({ layout }));
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      await page.keyboard.press('Home');
      for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowRight');
      assert.equal(await focused(page), 'r2');
      await page.keyboard.press('Enter');
      await tabTo(page, '.node-table summary');
      assert.equal(await page.locator('.node-table tr').count(), 1, 'no rows are made before somebody asks');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.node-table tbody tr');
      const names = await page.locator('.node-table tbody th').allInnerTexts();
      assert.deepEqual(names, [...rounds[2].text.map((text) => text.replace(' ', '·')), '·data']);
      await tabTo(page, '.node-table tbody tr:nth-child(2) button');
      await page.keyboard.press('Enter');
      await view.settle();
      assert.equal(await focused(page), 'r2n1');
    });
  }

  it('is of the round that is looked at, and gone with one that drafted nothing', async () => {
    const { page } = await open({ width: 1200, height: 1600 });
    await view.send(snapshot({ layout: 'wide' }));
    await page.click('#r1 .band-name');
    await page.click('.node-table summary');
    await page.waitForSelector('.node-table caption:has-text("round 1")');
    await page.click('#r6 .band-name');
    await page.waitForSelector('.node-table caption:has-text("round 6")');
    assert.equal(await page.locator('.node-table tbody tr').count(), rounds[6].parent.length + 1);
    await page.click('#r3 .band-name');
    await view.settle();
    assert.equal(await page.isVisible('.node-table'), false);
  });

  for (const theme of THEMES) {
    it(`can be used by everyone, in the ${theme} theme`, async () => {
      const { page } = await open({ theme, width: 1200, height: 1400 });
      await view.send(snapshot({ layout: 'wide' }));
      await page.click('#r2 .band-name');
      await page.click('.node-table summary');
      await page.waitForSelector('.node-table tbody tr');
      assert.deepEqual(await axeFaults(page), []);
    });
  }
});
