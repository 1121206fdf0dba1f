import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { GenerationRecord } from '../../src/host/record';
import type { FromView } from '../../src/protocol/view';
import { compareRuns } from '../../src/trace/compare/compare';
import type { Round } from '../../src/trace/schema';
import { delta, header, longRun, rounds, snapshot, STORIES, tell } from '../support/rounds';
import { axeFaults } from './axe';
import type { ViewPage } from './page';
import { eachOnItsPage } from './suite';
import { THEMES } from './themes';

const bands = (page: Page) =>
  page.$$eval('.band', (all) => all.map((band) => Number((band as HTMLElement).dataset['round'])));
const readout = (page: Page) => page.innerText('.transport-readout');
const focused = (page: Page) => page.evaluate(() => document.activeElement?.id ?? '');
/** The text that can be seen. */
const written = (page: Page) =>
  page.$$eval('#text-body [data-token]', (tokens) =>
    tokens
      .filter((token) => getComputedStyle(token).visibility === 'visible')
      .map((token) => token.textContent)
      .join(''),
  );
const textOf = (some: readonly Round[]) => some.map(({ emitted_text: text }) => text.join('')).join('');

/** A finished run as the host has it. */
function recordOf(run: readonly Round[]): GenerationRecord {
  const record = new GenerationRecord();
  record.begin();
  record.apply({ type: 'header', id: 1, header });
  for (const round of run) record.apply({ type: 'round', id: 1, round, text: '' });
  record.fail('The engine stopped.');
  return record;
}

describe('webview, in time and beside others', function () {
  this.timeout(60_000);
  let view: ViewPage;
  const open = eachOnItsPage((opened) => (view = opened));

  describe('travels', () => {
    it('by rounds: the list, the text and the numbers are as they stood, and Escape leads back to now', async () => {
      const { page } = await open({ height: 2000 });
      await view.send(snapshot());
      const now = await page.innerText('.readings');
      assert.match(await readout(page), /^now: 8 rounds/);
      for (const key of [',', ',', ',', '.']) await page.keyboard.press(key);
      await view.settle();
      assert.match(await readout(page), /^after round 5 of 8/);
      assert.deepEqual((await bands(page)).sort(), [0, 1, 2, 3, 4, 5]);
      assert.equal(await written(page), textOf(rounds.slice(0, 6)));
      assert.notEqual(await page.innerText('.readings'), now);
      assert.equal(await page.getAttribute('#r0', 'aria-setsize'), '6');
      await page.keyboard.press('Escape');
      await view.settle();
      assert.deepEqual((await bands(page)).sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
      assert.equal(await written(page), textOf(rounds));
      assert.equal(await page.innerText('.readings'), now);
      assert.equal(await page.isVisible('text=Back to now'), false);
    });

    it('to rejections, with the keyboard going along', async () => {
      const { page } = await open();
      await view.send(snapshot({ rounds: longRun(200) }));
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      await page.keyboard.press('<');
      await view.settle();
      assert.match(await readout(page), /^after round 197 of 200/);
      assert.equal(await focused(page), 'r197');
      await page.keyboard.press('<');
      await view.settle();
      assert.equal(await focused(page), 'r194');
      await page.keyboard.press('ArrowDown');
      await view.settle();
      assert.match(await focused(page), /^r194n/, 'the arrow keys are the tree’s');
      await page.getByRole('button', { name: 'Next rejection' }).click();
      await view.settle();
      assert.match(await readout(page), /^after round 197 of 200/);
    });

    it('by the slider and, once a moment is chosen, by the strip', async () => {
      const { page } = await open();
      await view.send(snapshot({ rounds: longRun(100) }));
      const strip = (await page.locator('.strip [role=slider]').boundingBox())!;
      await page.mouse.click(strip.x + strip.width / 2, strip.y + 10);
      await view.settle();
      assert.match(await readout(page), /^now/, 'the strip moves the list');
      await page.locator('.transport-slider').fill('20');
      await view.settle();
      assert.match(await readout(page), /^after round 20 of 100/);
      assert.equal(await page.getAttribute('.strip-later', 'visibility'), 'visible');
      await page.mouse.click(strip.x + strip.width / 2, strip.y + 10);
      await view.settle();
      assert.match(await readout(page), /^after round [3-6]\d of 100/);
      await page.getByRole('button', { name: 'First round' }).click();
      await view.settle();
      assert.deepEqual(await bands(page), [0]);
    });

    it('at the recorded speed up to now', async () => {
      const { page } = await open();
      await view.send(snapshot());
      await page.locator('.transport-speed').selectOption('4×');
      await page.getByRole('button', { name: 'First round' }).click();
      await page.click('.transport-readout');
      assert.match(await readout(page), /^after round 0/);
      await page.keyboard.press(' ');
      await page.waitForFunction(() =>
        document.querySelector('.transport-readout')?.textContent.startsWith('now'),
      );
      assert.equal(await page.getByRole('button', { name: 'Play' }).count(), 1);
      assert.equal(await written(page), textOf(rounds));
    });

    it('through drafts that wait for their verdict, and takes verdicts back without a trace', async () => {
      const { page } = await open({ height: 2000 });
      await view.send(snapshot());
      await page.evaluate(() => document.body.classList.remove('vscode-reduce-motion'));
      await page.locator('.transport-speed').selectOption('¹⁄₁₆×');
      await page.locator('.transport-slider').fill('0');
      // Round 1 is on show; playing takes it back to its draft.
      await page.locator('.transport-slider').fill('1');
      await view.settle();
      assert.equal(await page.getAttribute('#r1', 'role'), 'treeitem');
      await page.locator('.transport-slider').fill('0');
      await page.getByRole('button', { name: 'Play' }).click();
      await page.waitForSelector('.band.is-drafting[data-round="1"] .node');
      await page.getByRole('button', { name: 'Pause' }).click();
      await view.settle();
      assert.match(await readout(page), /^round 1 is being verified/);
      const drafting = page.locator('.band.is-drafting');
      assert.equal(await drafting.locator('[role=treeitem], [data-item]').count(), 0);
      assert.equal(await drafting.locator('.node').count(), rounds[1].parent.length);
      await page.keyboard.press('.');
      await view.settle();
      assert.equal(await page.getAttribute('#r1', 'role'), 'treeitem');
    });

    it('while rounds arrive, which wait until it is back', async () => {
      const { page } = await open();
      const live = { summary: null, status: { kind: 'generating' } } as const;
      await view.send(snapshot({ rounds: rounds.slice(0, 4), ...live }));
      await page.keyboard.press(',');
      await view.send(delta({ rounds: rounds.slice(4) }));
      assert.match(await readout(page), /^after round 2 of 8/);
      assert.ok(!(await bands(page)).includes(4));
      await page.click('text=Back to now');
      await view.settle();
      assert.ok((await bands(page)).includes(7));
    });

    it('and is there again after the view was hidden', async () => {
      const { page } = await open();
      await view.send(snapshot());
      await page.locator('.transport-slider').fill('2');
      await page.waitForFunction(() => sessionStorage.getItem('draftscope-view')?.includes('"past":3'));
      await page.reload();
      await view.send(snapshot());
      assert.match(await readout(page), /^after round 2 of 8/);
      await view.send(snapshot({ generation: 2 }));
      assert.match(await readout(page), /^now/);
    });

    it('to a round that something else speaks of, even if it came later', async () => {
      const { page } = await open({ width: 1200 });
      await view.send(snapshot({ layout: 'wide', rounds: longRun(40) }));
      const comparison = compareRuns(
        { name: 'a', header, rounds: longRun(40) },
        { name: 'b', header, rounds: tell([...STORIES, { guesses: [], end: { kind: 'bonus', text: '!' } }]) },
      );
      const extents = { a: { rounds: 40, of: 40 }, b: { rounds: 9, of: 9 } };
      await view.send({ type: 'comparison', generation: 1, other: 'b', comparison, extents });
      await page.locator('.transport-slider').fill('2');
      await page.waitForSelector('.compare-parting:not([hidden])');
      await page.click('.compare-parting');
      await view.settle();
      assert.equal(await focused(page), 'r8');
    });
  });

  it('tells its keys', async () => {
    const { page } = await open();
    await view.send(snapshot());
    await page.keyboard.press('?');
    assert.equal(await page.isVisible('.key-help'), true);
    assert.match(await page.innerText('.key-help'), /Back to now/);
    assert.deepEqual(await axeFaults(page), []);
    await page.keyboard.press('Escape');
    assert.equal(await page.isVisible('.key-help'), false);
  });

  describe('hands out a picture', () => {
    const picture = async (): Promise<Extract<FromView, { type: 'picture' }>> => {
      for (;;) {
        const found = view.said.findLast((message) => message.type === 'picture');
        if (found !== undefined) return found;
        await view.settle();
      }
    };

    it('of what the list shows, as a whole SVG file', async () => {
      const { page } = await open({ height: 600 });
      await view.send(snapshot({ title: 'a.spectrace.jsonl' }));
      await page.click('text=SVG');
      const { format, title, data } = await picture();
      assert.deepEqual([format, title], ['svg', 'a.spectrace.jsonl']);
      const svg = new TextDecoder().decode(data);
      const seen = await page.evaluate((source) => {
        const { documentElement: root } = new DOMParser().parseFromString(source, 'image/svg+xml');
        return {
          fault: root.querySelector('parsererror')?.textContent ?? null,
          texts: [...root.querySelectorAll('text')].map(({ textContent }) => textContent),
          fills: [...root.querySelectorAll('[fill]')].map((element) => element.getAttribute('fill')),
        };
      }, svg);
      assert.equal(seen.fault, null);
      for (const text of ['round 1', '·binary', '·algorithm', 'p .09 q .22', 'rejected']) {
        assert.ok(
          seen.texts.some((found) => found?.includes(text)),
          text,
        );
      }
      assert.ok(!seen.texts.includes('round 7'), 'it is not in sight');
      assert.ok(seen.fills.every((fill) => fill === 'none' || /^#[0-9a-f]{6}$/.test(fill ?? '')));
      assert.ok(new Set(seen.fills).size > 6);
    });

    it('as a PNG file when the editor asks for one', async () => {
      await open({ height: 600 });
      await view.send(snapshot(), { type: 'draw', format: 'png' });
      const { format, title, data } = await picture();
      assert.deepEqual([format, title], ['png', 'Generation']);
      const bytes = Buffer.from(data);
      assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
      // Twice the pixels of the list, or of its widest tree.
      assert.ok(bytes.readUInt32BE(16) >= 2 * 340);
    });

    it('of nothing where there is nothing', async () => {
      const { page } = await open();
      assert.equal(await page.isVisible('.save'), false);
    });
  });

  describe('asks what if', () => {
    it('and shows the prediction beside what was recorded', async () => {
      const { page } = await open({ width: 1300, height: 2600 });
      const feed = view.connect(recordOf(longRun(120)), 'wide');
      await page.waitForSelector('#what-if .summary:text("Prediction, not a measurement")');
      assert.equal(await page.inputValue('#what-if [name=nodes]'), '16');
      await page.fill('#what-if [name=nodes]', '2');
      await page.locator('#what-if [name=nodes]').blur();
      await page.waitForSelector('#what-if .summary:text("at most 2 nodes")');
      assert.match((await page.textContent('[role=status]')) ?? '', /^Prediction, .* at most 2 nodes/);
      await page.locator('#what-if [name=policy]').selectOption('costAware');
      await page.waitForSelector('#what-if .summary:text("costAware takes what pays")');
      assert.ok((await page.locator('#what-if .chart-bar').count()) >= 4);
      await page.fill('#what-if [name=nodes]', '999');
      await page.locator('#what-if [name=nodes]').blur();
      await page.waitForSelector('#what-if .summary:text("at most 64 nodes")');
      assert.equal(await page.inputValue('#what-if [name=nodes]'), '64');
      await page.click('#what-if >> text=As recorded');
      await page.waitForSelector('#what-if .summary:text("at most 16 nodes")');
      feed.dispose();
    });

    it('and says why where nothing can be told', async () => {
      const { page } = await open({ width: 1300, height: 2600 });
      const plain = tell(Array.from({ length: 9 }, () => ({ guesses: [], end: { kind: 'bonus' as const } })));
      const feed = view.connect(recordOf(plain), 'wide');
      await page.waitForSelector('#what-if .summary:text("does not tell what forwards of other sizes cost")');
      assert.equal(await page.isVisible('#what-if form'), false);
      feed.dispose();
    });
  });

  describe('stands beside another trace', () => {
    const a = longRun(48);
    const b = tell(
      Array.from({ length: 48 }, (_, i) =>
        i === 40
          ? { guesses: [], end: { kind: 'bonus', text: ' elsewhere', p: 0.4 } }
          : { ...STORIES[i % STORIES.length], verify: 9 },
      ),
    );
    const comparison = compareRuns(
      { name: 'a', header, rounds: a },
      { name: 'b', header: { ...header, weights: 'file' }, rounds: b },
    );
    const extents = {
      a: { rounds: a.length, of: a.length },
      b: { rounds: b.length, of: b.length },
    };

    it('which the user chooses', async () => {
      const { page, said } = await open({ width: 1300 });
      await view.send(snapshot({ layout: 'wide' }));
      await page.locator('#compare').scrollIntoViewIfNeeded();
      await page.click('text=Compare with…');
      await view.settle();
      assert.deepEqual(said.at(-1), { type: 'command', command: 'compareTraces' });
    });

    it('and tells where they part, who was faster where, and why', async () => {
      const { page } = await open({ width: 1300, height: 2600 });
      const record = recordOf(a);
      const feed = view.connect(record, 'wide');
      // What is drawn later would move the rest of the page.
      await page.waitForSelector('#what-if .chart-bar');
      record.compareWith({ other: 'b.spectrace.jsonl', comparison, extents });
      await page.waitForSelector('.compare-sentences p');
      const said = await page.innerText('#compare');
      assert.match(said, /b\.spectrace\.jsonl/);
      assert.match(said, /The first 95 tokens are the same\. Token 95 differs: "A" .* " elsewhere"/);
      assert.match(said, /weights\s+int8\s+file/);
      assert.match(said, /verify cost a round\s+\+/);
      const bars = page.locator('.paired-bar');
      assert.equal(await bars.count(), comparison.stretches.length);
      assert.equal(await page.locator('.paired-bar[data-faster=b]').count(), comparison.stretches.length);
      await bars.nth(12).click();
      await view.settle();
      assert.equal(await focused(page), `r${comparison.stretches[12].firstRound.a}`);
      await page.click('.compare-parting');
      await view.settle();
      assert.equal(await focused(page), 'r40');
      feed.dispose();
    });

    for (const theme of THEMES) {
      it(`readably for everyone, in the ${theme} theme`, async () => {
        const { page } = await open({ theme, width: 1300, height: 2600 });
        const record = recordOf(a);
        const feed = view.connect(record, 'wide');
        record.compareWith({ other: 'b.spectrace.jsonl', comparison, extents });
        await page.waitForSelector('.compare-sentences p');
        await page.waitForSelector('#what-if .chart-bar');
        await page.keyboard.press(',');
        await view.settle();
        assert.deepEqual(await axeFaults(page, '.transport, #what-if, #compare'), []);
        feed.dispose();
      });
    }
  });
});
