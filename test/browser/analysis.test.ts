import axe from 'axe-core';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { GenerationRecord } from '../../src/host/record';
import { heldBytes } from '../../src/trace/byteSource';
import { TraceIndex } from '../../src/trace/traceIndex';
import { header, longRun } from '../support/rounds';
import { repositoryRoot } from '../support/repository';
import { chainAlong, countingText, plannedRun } from '../support/runs';
import type { PageOptions, ViewPage } from './page';
import { eachOnItsPage } from './suite';
import { THEMES } from './themes';

const EDITOR = { width: 1400, height: 900 };

/** What is seen of an element without scrolling. */
const inSight = (page: Page, selector: string) =>
  page.$eval(selector, (element) => {
    const box = element.getBoundingClientRect();
    const room = element.closest('.panels')!.getBoundingClientRect();
    return box.top < room.bottom && box.bottom > room.top;
  });

describe('the analysis', function () {
  this.timeout(60_000);
  let view: ViewPage;
  const open = eachOnItsPage((opened) => (view = opened));
  let sample: Uint8Array;

  before(async () => {
    sample = await readFile(path.join(repositoryRoot, 'media/sample.spectrace.jsonl'));
  });

  /** A trace as the editor opens it. */
  const openTrace = async (bytes: Uint8Array, options: PageOptions = EDITOR) => {
    await open(options);
    const record = new GenerationRecord();
    view.connect(record, 'wide');
    const index = new TraceIndex(heldBytes(bytes), 'trace');
    await index.advance();
    record.show('trace.spectrace.jsonl', index);
    await view.page.waitForSelector('.findings li');
    await view.page.waitForSelector('#cost .chart-dots');
    await view.settle();
    return view.page;
  };
  const openSample = (options?: PageOptions) => openTrace(sample, options);

  /** Unfolds all panels and waits until each was drawn: they are when they are seen. */
  const drawAll = async (page: Page) => {
    for (const id of ['cost', 'hits', 'depths', 'lengths', 'entropy', 'time', 'metrics', 'about']) {
      const button = page.locator(`#${id} .disclosure`);
      if ((await button.getAttribute('aria-expanded')) === 'false') await button.click();
      await page.locator(`#${id}`).scrollIntoViewIfNeeded();
      await page.waitForSelector(`#${id}:not([aria-busy]) .panel-body:not(.is-waiting)`);
      await view.settle();
    }
  };

  describe('answers first', () => {
    it('why the run is not faster, with two to five sentences', async () => {
      const page = await openSample();
      const sentences = await page.$$eval('.finding-sentence', (all) => all.map((one) => one.textContent));
      assert.ok(sentences.length >= 2 && sentences.length <= 5);
      for (const sentence of sentences) assert.match(sentence ?? '', /\.$/);
      const [findings, strip] = [
        (await page.locator('#findings').boundingBox())!,
        (await page.locator('.strip').boundingBox())!,
      ];
      assert.ok(findings.y + findings.height <= strip.y);
    });

    it('with the chart and the rounds that show it one click away', async () => {
      const page = await openSample();
      await page.$eval('.panels', (panels) => (panels.scrollTop = panels.scrollHeight));
      await page.locator('.finding-chart:visible').first().click();
      assert.match(
        await page.evaluate(() => document.activeElement?.closest('.panel')?.id ?? ''),
        /^(cost|hits|time|entropy)$/,
      );
      assert.ok(
        (await inSight(page, '#cost')) || (await inSight(page, '#hits')) || (await inSight(page, '#time')),
      );
      const links = page.locator('.finding-item:visible');
      const label = await links.first().innerText();
      const [, round] = /^Show round (\d+) \(1 of \d+\)$/.exec(label) ?? [];
      assert.ok(round !== undefined, label);
      await links.first().click();
      await view.settle();
      assert.match(
        await page.evaluate(() => document.activeElement?.id ?? ''),
        new RegExp(`^r${round}(n|$)`),
      );
      assert.match(await links.first().innerText(), /\(2 of \d+\)$|\(1 of 1\)$/);
      assert.equal(await inSight(page, '#round'), true);
    });

    it('and sends the setting that follows from it', async () => {
      const text = countingText(120);
      // Rows cost nearly as much as steps, and no guess is right.
      const run = plannedRun({
        text,
        verify: (rows) => 10_000 + 4000 * (rows - 1),
        draft: (offset) => ((offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, 4, 0)),
      });
      const lines = [run.header, ...run.rounds].map((line) => `${JSON.stringify(line)}\n`);
      const page = await openTrace(new TextEncoder().encode(lines.join('')));
      await page.locator('.finding-action:visible').first().click();
      await view.settle();
      const change = view.said.find(({ type }) => type === 'change');
      assert.deepEqual(change, {
        type: 'change',
        setting: { key: 'draftscope.drafter', value: 'none' },
      });
    });
  });

  describe('draws', () => {
    it('a panel when it is seen, and not before', async () => {
      const page = await openSample({ width: 1000, height: 700 });
      assert.equal(await page.locator('#entropy .chart-bar').count(), 0);
      await page.locator('#entropy').scrollIntoViewIfNeeded();
      await page.waitForSelector('#entropy .chart-bar');
    });

    it('v(T) with the rounds on it, each of which can be opened', async () => {
      const page = await openSample();
      for (const series of ['forwards', 'cost', 'breakEven', 'tokens', 'best', 'now']) {
        assert.equal(
          await page.locator(`#cost .chart-marks [data-series="${series}"] path`).count(),
          1,
          series,
        );
      }
      const dot = await page.$eval('#cost .chart-dots', (dots) => {
        const [, x, y] = /^M([\d.]+),([\d.]+)/.exec(dots.getAttribute('d') ?? '') ?? [];
        const { left, top } = dots.closest('svg')!.getBoundingClientRect();
        return { x: left + Number(x), y: top + Number(y) };
      });
      await page.mouse.click(dot.x, dot.y);
      await view.settle();
      assert.match(await page.evaluate(() => document.activeElement?.id ?? ''), /^r\d+$/);
    });

    it('numbers and formulas for who asks', async () => {
      const page = await openSample();
      await drawAll(page);
      assert.equal(await page.isVisible('#depths table'), false);
      await page.click('#depths .panel-actions button');
      assert.match(await page.innerText('#depths .formulas'), /conditional/i);
      assert.match(await page.innerText('#depths table'), /\d+ ÷ \d+ = \d/);
      assert.match(await page.innerText('#metrics'), /SGLang spec_accept_length/);
    });

    it('the waterfall of the round and its mask beside its tree, row and node together', async () => {
      const page = await openSample();
      await page.click('#r3 .band-name');
      await view.settle();
      assert.deepEqual(
        await page.$$eval('.card .spans th[scope=row]', (all) => all.map((one) => one.textContent)),
        ['host', 'draft', 'build, verify', 'sample', 'commit'],
      );
      await page.hover('#r3n2 .shape');
      assert.equal(await page.getAttribute('.mask .is-marked', 'data-item'), 'r3n2');
      await page.hover('.mask [data-item="r3n0"]');
      assert.equal(await page.getAttribute('.bands .is-pointed', 'id'), 'r3n0');
      await page.click('.mask [data-item="r3n1"]');
      await view.settle();
      assert.equal(await page.evaluate(() => document.activeElement?.id), 'r3n1');
      assert.match(await page.innerText('.card'), /rank in the draft/);
    });
  });

  describe('of a part of the run', () => {
    const summaryOf = (page: Page, id: string) => page.innerText(`#${id} .summary`);

    it('is chosen by dragging along the strip, and let go', async () => {
      const page = await openSample();
      await drawAll(page);
      const whole = await summaryOf(page, 'depths');
      const lane = (await page.locator('.brush .overlay').boundingBox())!;
      await page.mouse.move(lane.x + lane.width * 0.3, lane.y + 5);
      await page.mouse.down();
      await page.mouse.move(lane.x + lane.width * 0.6, lane.y + 5, { steps: 4 });
      await page.mouse.up();
      await view.settle();
      const [, first, last] = /rounds (\d+) to (\d+) of/.exec(await page.innerText('.brush-text')) ?? [];
      await page.locator('#depths').scrollIntoViewIfNeeded();
      await page.waitForFunction((before) => {
        const text = document.querySelector('#depths .summary')?.textContent ?? '';
        return text !== before && /\d+ of \d+/.test(text);
      }, whole);
      assert.match(
        await summaryOf(page, 'depths'),
        new RegExp(` of ${Number(last) - Number(first) + 1} rounds`),
      );
      await page.click('.brush-all');
      await page.waitForFunction(
        (before) => document.querySelector('#depths .summary')?.textContent === before,
        whole,
      );
    });

    it('is what the list shows, and moved by the arrow keys', async () => {
      const page = await openSample();
      await page.click('.brush-seen');
      await view.settle();
      assert.match(await page.innerText('.brush-text'), /^Charts show rounds 0 to \d+ of/);
      await page.locator('.brush .handle--w').focus();
      await page.keyboard.press('ArrowRight');
      await view.settle();
      assert.match(await page.innerText('.brush-text'), /^Charts show rounds 1 to \d+ of/);
      assert.equal(await page.getAttribute('.brush .handle--w', 'aria-valuenow'), '1');
      await page.keyboard.press('Escape');
      await view.settle();
      assert.match(await page.innerText('.brush-text'), /^Charts show all/);
    });
  });

  describe('in the side panel', () => {
    const openLive = async () => {
      await open();
      const record = new GenerationRecord();
      record.begin();
      record.apply({ type: 'header', id: 1, header });
      for (const round of longRun(40)) record.apply({ type: 'round', id: 1, round, text: '' });
      view.connect(record);
      await view.page.waitForSelector('.band .node');
      await view.settle();
      return view.page;
    };

    it('is folded, and costs nothing until it is unfolded', async () => {
      const page = await openLive();
      assert.equal(
        view.said.some(({ type }) => type === 'analyse'),
        false,
      );
      await page.click('#findings .disclosure');
      await page.waitForSelector('.findings li');
      assert.equal(await page.isVisible('#cost'), false);
      await page.click('.panels > .disclosure');
      await page.waitForSelector('#cost .chart-dots');
    });

    it('comes back unfolded', async () => {
      const page = await openLive();
      await page.click('#findings .disclosure');
      await page.waitForSelector('.findings li');
      // The state is kept a little later.
      await page.waitForFunction(() => sessionStorage.getItem('draftscope-view')?.includes('findings'));
      await page.reload();
      await page.waitForSelector('.findings li');
    });
  });

  describe('for everyone', () => {
    for (const theme of THEMES) {
      it(`is readable in the ${theme} theme`, async () => {
        const page = await openSample({ ...EDITOR, theme });
        await drawAll(page);
        await page.click('#cost .panel-actions button');
        await page.evaluate(axe.source);
        const found = await page.evaluate(async () => {
          const { axe: loaded } = globalThis as unknown as { axe: typeof axe };
          const { violations } = await loaded.run(document, { resultTypes: ['violations'] });
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
        });
        assert.deepEqual(found, []);
      });
    }

    for (const width of [900, 1000, 1600]) {
      it(`has room for everything at ${width} pixels`, async () => {
        const page = await openSample({ width, height: 800 });
        await drawAll(page);
        const cut = await page.evaluate(() => {
          const wide = (element: Element) => element.scrollWidth > element.clientWidth + 1;
          return [document.documentElement, ...document.querySelectorAll('.panels, .panel-body, #findings')]
            .filter(wide)
            .map(({ id, className }) => id || className);
        });
        assert.deepEqual(cut, []);
      });
    }
  });
});
