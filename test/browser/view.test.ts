import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { GenerationRecord } from '../../src/host/record';
import { heldBytes } from '../../src/trace/byteSource';
import { roundColumns } from '../../src/trace/roundColumns';
import { TraceIndex } from '../../src/trace/traceIndex';
import {
  delta,
  draftedOf,
  header,
  longRun,
  nodesOf,
  rounds,
  rowsOf,
  snapshot,
  tell,
} from '../support/rounds';
import { axeFaults } from './axe';
import type { ViewPage } from './page';
import { eachOnItsPage } from './suite';
import { THEMES } from './themes';

/** Where every drawn thing stands: its own coordinates, which scrolling does not change. */
function places(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() => {
    const found: Record<string, string> = {};
    for (const band of document.querySelectorAll<HTMLElement>('.band')) {
      const round = band.dataset['round'];
      found[`band ${round}`] = `${band.style.top} ${band.style.height}`;
      band.querySelectorAll('.node').forEach((node, i) => {
        found[`node ${round}/${i}`] = node.getAttribute('transform') ?? '';
      });
      band.querySelectorAll('.cell').forEach((cell, i) => {
        found[`cell ${round}/${i}`] = cell.getAttribute('transform') ?? '';
      });
      band.querySelectorAll<HTMLElement>('.bar span').forEach((part, i) => {
        found[`bar ${round}/${i}`] = part.style.width;
      });
    }
    return found;
  });
}

const marks = (page: Page, round: number) =>
  page.$$eval(`.band[data-round="${round}"] .node`, (nodes) => nodes.map((n) => n.getAttribute('data-mark')));

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id ?? '');

/**
 * What axe cannot judge: text in SVG, highlights and shapes. Runs in the page. Colours are laid over each other
 * by a canvas, since the theme mixes them.
 */
function contrastFaults(): { looked: number; faults: string[] } {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  const luminance = (...layers: string[]) => {
    context.clearRect(0, 0, 1, 1);
    for (const layer of layers) {
      context.fillStyle = '#000';
      context.fillStyle = layer;
      context.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((byte) => {
      const c = byte / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const ground = getComputedStyle(document.body).backgroundColor;
  const faults: string[] = [];
  let looked = 0;
  const check = (name: string, least: number, front: string, ...behind: string[]) => {
    looked++;
    const found = ratio(luminance(...behind, front), luminance(...behind));
    if (found < least) faults.push(`${name}: ${found.toFixed(2)}`);
  };
  for (const text of document.querySelectorAll('.token, .sub')) {
    const fill = text.matches('.cell .token') ? text.parentElement!.querySelector('.cell-fill') : null;
    const tint = fill === null ? 'none' : getComputedStyle(fill).fill;
    const behind = tint === 'none' ? [ground] : [ground, tint];
    check(`${text.getAttribute('class')} ${text.textContent}`, 4.5, getComputedStyle(text).fill, ...behind);
  }
  for (const shape of document.querySelectorAll<SVGElement>('.shape')) {
    if (shape.closest('[hidden]')) continue;
    const mark = shape.closest<SVGElement>('[data-mark]')?.dataset['mark'];
    check(`shape ${mark}`, 3, getComputedStyle(shape).stroke, ground);
  }
  const body = document.querySelector('#text-body')!;
  for (const token of body.querySelectorAll('[data-token]')) {
    const { backgroundColor, color } = getComputedStyle(token);
    check(`token ${token.className}`, 4.5, color, ground, backgroundColor);
  }
  const { backgroundColor, color } = getComputedStyle(body, '::highlight(current)');
  check('the current token', 4.5, color, ground, backgroundColor);
  return { looked, faults };
}

describe('webview', function () {
  this.timeout(60_000);
  let view: ViewPage;
  const open = eachOnItsPage((opened) => (view = opened));

  describe('begins', () => {
    it('by saying that it is ready, with two ways to go on', async () => {
      const { page, said } = await open();
      await page.click('text=Generate from Prompt');
      await page.click('text=Open Sample Trace');
      await view.settle();
      assert.deepEqual(said, [
        { type: 'ready', round: null },
        { type: 'command', command: 'generate' },
        { type: 'command', command: 'openSample' },
      ]);
    });

    it('with the progress of what must be there first, and a way to stop it', async () => {
      const { page, said } = await open();
      const progress = { phase: 'download', message: 'Downloading the model', done: 25, total: 100 };
      await view.send(
        snapshot({ header: null, rounds: [], summary: null, status: { kind: 'working', progress } as never }),
      );
      assert.equal(await page.getAttribute('[role=progressbar]', 'aria-valuenow'), '25');
      assert.equal(await page.isVisible('text=Generate from Prompt'), false);
      await page.click('text=Cancel');
      await view.settle();
      assert.deepEqual(said.at(-1), { type: 'command', command: 'cancel' });
    });

    it('with an error as a sentence', async () => {
      const { page } = await open();
      const message = 'The file model.gguf is cut off. Download it again.';
      await view.send(
        snapshot({ header: null, rounds: [], summary: null, status: { kind: 'error', message } }),
      );
      assert.equal(await page.innerText('.status-text'), message);
      assert.equal(await page.isVisible('text=Generate from Prompt'), true);
    });
  });

  describe('draws', () => {
    it('a shape for each state and the text in the first column', async () => {
      const { page } = await open();
      await view.send(snapshot());
      assert.deepEqual(await marks(page, 2), [
        'accepted',
        'rejected',
        'notReached',
        'rejected',
        'rejected',
        'notReached',
        'notReached',
      ]);
      const outlines = await page.$$eval('.band[data-round="2"] .shape', (shapes) =>
        shapes.map((s) => {
          const { strokeDasharray, fill } = getComputedStyle(s);
          return [s.parentElement?.dataset['mark'], s.getAttribute('d'), strokeDasharray, fill].join('|');
        }),
      );
      const looks = new Map(outlines.map((look) => [look.split('|')[0], look.slice(look.indexOf('|'))]));
      assert.deepEqual([...looks.keys()].sort(), ['accepted', 'correction', 'notReached', 'rejected']);
      assert.equal(new Set(looks.values()).size, 4);
      const text = await page.$$eval('.band[data-round="2"] .cell .token', (cells) =>
        cells.map((c) => c.textContent),
      );
      assert.deepEqual(text, ['·a', '·data']);
      assert.match(await page.innerText('.band[data-round="2"] .wanted'), /target wanted "·data" \(p \.62\)/);
    });

    it('every committed token to the left of everything drafted for its position', async () => {
      const { page } = await open();
      await view.send(snapshot());
      const gaps = await page.$$eval('.band:not(.is-plain)', (bands) =>
        bands.flatMap((band) => {
          const right = band.querySelector('.text-column')!.getBoundingClientRect().right;
          return [...band.querySelectorAll('.node .shape')].map(
            (n) => n.getBoundingClientRect().left - right,
          );
        }),
      );
      assert.ok(gaps.length > 10);
      assert.ok(gaps.every((gap) => gap > 0));
    });

    it('only adds: what is drawn stays where it is', async () => {
      const { page } = await open({ height: 2400 });
      await view.send(
        snapshot({ rounds: rounds.slice(0, 3), summary: null, status: { kind: 'generating' } }),
      );
      const before = await places(page);
      assert.ok(Object.keys(before).length > 20);
      await view.send(
        delta({ rounds: rounds.slice(3, 6) }),
        delta({ rounds: rounds.slice(6), status: { kind: 'finished' } }),
      );
      const after = await places(page);
      assert.ok(Object.keys(after).length > Object.keys(before).length);
      for (const [name, place] of Object.entries(before)) assert.equal(after[name], place, name);
    });

    it('the verdict as a change of shape, not of place, nor of element', async () => {
      const { page } = await open({ height: 2000 });
      await view.send(
        snapshot({ rounds: rounds.slice(0, 6), summary: null, status: { kind: 'generating' } }),
        delta({ drafted: draftedOf(rounds[6]) }),
      );
      const before = await places(page);
      assert.deepEqual(new Set(await marks(page, 6)), new Set(['drafting']));
      const element = await page.$('.band[data-round="6"] .node');
      await view.send(delta({ rounds: [rounds[6]] }));
      const after = await places(page);
      const nodes = Object.keys(before).filter((name) => name.startsWith('node 6/'));
      assert.equal(nodes.length, rounds[6].parent.length);
      for (const name of nodes) assert.equal(after[name], before[name], name);
      assert.equal(await element?.getAttribute('data-mark'), 'rejected');
      assert.deepEqual(new Set(await marks(page, 6)), new Set(['accepted', 'rejected']));
    });

    it('pruned nodes only when asked', async () => {
      const { page } = await open();
      await view.send(snapshot());
      await page.locator('[role=slider]').press('End');
      await view.settle();
      assert.ok(!(await marks(page, 7)).includes('pruned'));
      await page.click('text=show pruned');
      await view.settle();
      assert.ok((await marks(page, 7)).includes('pruned'));
    });

    it('what the round says, whatever characters its tokens hold', async () => {
      const { page } = await open();
      const text = '<img src=x onerror=alert(1)>';
      await view.send(snapshot({ rounds: tell([{ guesses: [], end: { kind: 'bonus', text } }]) }));
      assert.equal(await page.$('img'), null);
      assert.ok((await page.innerText('#text-body')).includes(text));
    });

    it('few elements for many rounds, wherever it is scrolled', async () => {
      const { page } = await open();
      const many = longRun(2000);
      assert.ok(many.reduce((sum, round) => sum + round.parent.length, 0) >= 7000);
      await view.send(snapshot({ rounds: many }));
      const bands = () =>
        page.$$eval('.band', (all) => all.map((b) => Number((b as HTMLElement).dataset['round'])));
      for (const key of ['End', 'Home']) {
        await page.locator('[role=slider]').press(key);
        await view.settle();
        assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 2500);
        assert.ok((await bands()).length < 60);
        assert.ok((await bands()).includes(key === 'End' ? 1999 : 0));
      }
    });
  });

  describe('breaks the text into lines', () => {
    it('that are all of one height, also where a space hangs between two blocks', async () => {
      const { page } = await open();
      await view.send(snapshot({ rounds: longRun(400) }));
      await page.waitForFunction(() => document.querySelectorAll('#text-body .hung').length > 3);
      const heights = await page.$$eval('#text-body > div', (blocks) =>
        blocks.map((block) => block.getBoundingClientRect().height),
      );
      assert.deepEqual(
        heights.filter((height) => height % 20 !== 0),
        [],
      );
    });
  });

  describe('follows', () => {
    const live = (n: number) =>
      snapshot({ rounds: longRun(n), summary: null, status: { kind: 'generating' } });

    it('the newest round until the user scrolls away, and again on demand', async () => {
      const { page } = await open();
      const run = longRun(60);
      const atEnd = () => page.$eval('.bands', (b) => b.scrollTop + b.clientHeight >= b.scrollHeight - 1);
      await view.send(live(40), delta({ rounds: run.slice(40, 45) }));
      assert.equal(await atEnd(), true);
      await page.locator('[role=slider]').press('Home');
      await view.send(delta({ rounds: run.slice(45, 50) }));
      assert.equal(await page.$eval('.bands', (b) => b.scrollTop), 0);
      await page.click('text=newest round');
      await view.send(delta({ rounds: run.slice(50) }));
      assert.equal(await atEnd(), true);
    });

    it('on, when a round comes before the scrolling to the last one is told', async () => {
      const { page } = await open();
      const run = longRun(80);
      await view.send(live(40));
      await view.post(...run.slice(40).map((round) => delta({ rounds: [round] })));
      await view.settle();
      assert.equal(await page.locator('.band[data-round="79"]').isVisible(), true);
    });

    it('the newest round with no more than its own work', async () => {
      const { page } = await open();
      const run = longRun(60);
      await view.send(live(40), delta({ rounds: run.slice(0, 50) }));
      const cdp = await page.context().newCDPSession(page);
      await cdp.send('Performance.enable');
      const layouts = async () => {
        const { metrics } = await cdp.send('Performance.getMetrics');
        return metrics.find(({ name }) => name === 'LayoutCount')!.value;
      };
      // Whose elements, texts and attributes are written while rounds come.
      await page.evaluate(() => {
        const written = new Set<string>();
        Object.assign(globalThis, { written });
        const note = (node: Node | null) => {
          const element = node instanceof Element ? node : (node?.parentElement ?? null);
          const part = element?.closest('.band, .reading-label, .run, .legend, .transport-tools, .title');
          if (part instanceof HTMLElement) written.add(part.dataset['round'] ?? part.className);
        };
        new MutationObserver((records) => records.forEach(({ target }) => note(target))).observe(
          document.querySelector('.app')!,
          { subtree: true, childList: true, characterData: true },
        );
      });
      const before = await layouts();
      await view.send(...run.slice(50).map((round) => delta({ rounds: [round] })));
      const written = await page.evaluate(() => [
        ...(globalThis as unknown as { written: Set<string> }).written,
      ]);
      assert.deepEqual(
        written.filter((part) => !(Number(part) >= 50)),
        [],
      );
      // A round is laid out when it comes, and when it gets its elements; the rest is room for what comes with it.
      assert.ok((await layouts()) - before <= 4 * 10, `${(await layouts()) - before} layouts`);
    });

    it('scrolling without laying out or painting a round again', async () => {
      const { page } = await open();
      await view.send(snapshot({ rounds: longRun(400) }));
      const taken = await page.evaluate(async () => {
        let pictures = 0;
        const { prototype } = OffscreenCanvas;
        // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own canvas
        const original = prototype.transferToImageBitmap;
        prototype.transferToImageBitmap = function () {
          pictures++;
          return original.call(this);
        };
        const scroller = document.querySelector('.bands')!;
        const rounds = () => document.querySelectorAll('.band').length;
        const first = rounds();
        for (let i = 0; i < 60; i++) {
          scroller.scrollTop += 40;
          await new Promise((next) => requestAnimationFrame(next));
        }
        prototype.transferToImageBitmap = original;
        return { pictures, elements: rounds() - first };
      });
      assert.equal(taken.elements, 0);
      assert.ok(taken.pictures > 0 && taken.pictures <= (2 * (60 * 40)) / 30, `${taken.pictures} pictures`);
    });

    it('the strip by pointer', async () => {
      const { page } = await open();
      await view.send(
        snapshot({ rounds: [], summary: null, status: { kind: 'generating' } }),
        delta({ rounds: longRun(100) }),
      );
      assert.match(await page.innerText('.strip-caption'), /^one column (a round|2 rounds)\b/);
      const box = (await page.locator('[role=slider]').boundingBox())!;
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      await view.settle();
      const now = Number(await page.getAttribute('[role=slider]', 'aria-valuenow'));
      assert.ok(now > 30 && now < 70, `round ${now}`);
    });

    it('a token of the text to its round', async () => {
      const { page } = await open();
      await view.send(snapshot());
      await page.locator('#text-body [data-token]', { hasText: ' keeps' }).click();
      await view.settle();
      assert.equal(await focused(page), 'r5e');
    });
  });

  describe('shows what the editor asks for', () => {
    it('once its round is there', async () => {
      const { page } = await open();
      await view.send({ type: 'reveal', item: 'r6n3' });
      await view.send(snapshot({ nodes: null }));
      assert.equal(await page.isVisible('.card'), false);
      await view.send({ type: 'nodes', generation: 1, nodes: nodesOf(rounds) });
      assert.match(await page.innerText('.card-heading'), /·keys/);
      assert.equal(await page.getAttribute('.card', 'data-placed'), 'docked');
      await view.send({ type: 'reveal', item: 'r0e' });
      assert.match(await page.innerText('.card-heading'), /^A$/);
    });
  });

  describe('explains', () => {
    it('a node that is pointed at, without covering it', async () => {
      const { page } = await open({ height: 1000 });
      await view.send(snapshot());
      await page.hover('#r2n1');
      await view.settle();
      const card = await page.innerText('.card');
      assert.match(card, /·sorted/);
      assert.match(card, /rejected: the target drew "·data" \(p \.62\)/);
      assert.match(card, /suffix, match of 7 tokens/);
      const [a, b] = [
        (await page.locator('.card').boundingBox())!,
        (await page.locator('#r2n1').boundingBox())!,
      ];
      assert.ok(a.y >= b.y + b.height || a.y + a.height <= b.y);
    });

    it('a focused node as it does one that is pointed at, and keeps the card on Enter', async () => {
      const { page } = await open();
      await view.send(snapshot());
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      await page.keyboard.press(']');
      await view.settle();
      assert.equal(await focused(page), 'r2n1');
      assert.match(await page.innerText('.card'), /rejected: the target drew/);
      await page.keyboard.press('Enter');
      await page.keyboard.press('ArrowRight');
      await view.settle();
      assert.equal(await focused(page), 'r2n3');
      assert.match(await page.innerText('.card'), /·sorted/);
      await page.keyboard.press('Escape');
      await view.settle();
      assert.equal(await page.isVisible('.card'), false);
    });

    it('a node far away that the keyboard jumped to, until it is scrolled out of sight', async () => {
      const { page } = await open();
      await view.send(snapshot({ rounds: longRun(300) }));
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      for (const key of ['End', '[']) await page.keyboard.press(key);
      await view.settle();
      assert.match(await page.innerText('.card'), /rejected: the target drew/);
      await page.$eval('.bands', (bands) => bands.scrollTo(0, 0));
      await view.settle();
      assert.equal(await page.isVisible('.card'), false);
    });

    it('the formula of a number', async () => {
      const { page } = await open();
      await view.send(snapshot());
      await page.locator('.reading').nth(1).focus();
      assert.match(await page.innerText('.reading:nth-child(2) .tooltip'), /tokens ÷ rounds = 19 ÷ 8/);
    });
  });

  describe('goes by keyboard', () => {
    it('through rounds and nodes, with one item in the tab order', async () => {
      const { page } = await open();
      await view.send(snapshot());
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      const path: string[] = [];
      for (const key of ['PageDown', 'ArrowDown', 'ArrowRight', 'ArrowDown', 'End', 'ArrowUp', 'Home']) {
        await page.keyboard.press(key);
        await view.settle();
        path.push(await focused(page));
        assert.equal(await page.locator('[role=treeitem][tabindex="0"]').count(), 1);
      }
      assert.deepEqual(path, ['r1', 'r1n0', 'r1n5', 'r1n6', 'r7', 'r6', 'r0']);
    });

    it('to a round far away and back, the focus seen all the way', async () => {
      const { page } = await open();
      await view.send(snapshot({ rounds: longRun(1000) }));
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      for (const [key, id] of [
        ['End', 'r999'],
        ['[', 'r997n0'],
        ['Home', 'r0'],
      ]) {
        await page.keyboard.press(key);
        await view.settle();
        assert.equal(await focused(page), id);
        const [list, item] = [
          (await page.locator('.bands').boundingBox())!,
          (await page.locator(`#${id}`).boundingBox())!,
        ];
        assert.ok(item.y >= list.y - 1 && item.y < list.y + list.height);
      }
    });

    it('to the next token that begins with what is typed', async () => {
      const { page } = await open();
      await view.send(snapshot());
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      await page.keyboard.type('so');
      await view.settle();
      assert.match((await page.getAttribute(`#${await focused(page)}`, 'aria-label')) ?? '', /sorted/);
    });

    it('into lanes that the panel is too narrow for', async () => {
      const { page } = await open({ width: 300 });
      await view.send(snapshot());
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      const last = rounds[6].text.indexOf(' every');
      for (const key of ['End', 'ArrowLeft', 'ArrowDown', 'ArrowRight', 'ArrowRight'])
        await page.keyboard.press(key);
      await view.settle();
      assert.equal(await focused(page), `r6n${last}`);
      const [tree, node] = [
        (await page.locator('.band[data-round="6"] .tree-scroll').boundingBox())!,
        (await page.locator(`#r6n${last} .shape`).boundingBox())!,
      ];
      assert.ok(node.x >= tree.x && node.x + node.width <= tree.x + tree.width);
      assert.ok(await page.isVisible('.band[data-round="6"] .cell'));
    });

    it('and keeps the focus while rounds arrive', async () => {
      const { page } = await open();
      await view.send(snapshot({ rounds: longRun(20), summary: null, status: { kind: 'generating' } }));
      await page.locator('[role=treeitem][tabindex="0"]').focus();
      await page.keyboard.press('Home');
      await view.send(delta({ rounds: longRun(400).slice(20) }));
      assert.equal(await focused(page), 'r0');
      assert.equal(await page.getAttribute('#r0', 'aria-setsize'), '400');
    });
  });

  describe('of a record larger than it holds', () => {
    const tops = (page: Page) =>
      page.$$eval('.band', (bands) => bands.map((band) => (band as HTMLElement).style.top));

    it('draws rounds as glyphs until their nodes come, in the same places', async () => {
      const { page, said } = await open();
      await view.send(snapshot({ nodes: null }));
      assert.deepEqual(said.at(-1), { type: 'received', sequence: 1 });
      assert.deepEqual(
        said.find(({ type }) => type === 'want'),
        { type: 'want', generation: 1, first: 0, count: 128 },
      );
      assert.equal(await page.locator('.node').count(), 0);
      assert.match((await page.getAttribute('#r1', 'aria-label')) ?? '', /^Round 1: 3 of 7 accepted/);
      const before = await tops(page);
      await view.send({ type: 'nodes', generation: 1, nodes: nodesOf(rounds) });
      assert.ok((await page.locator('.node').count()) > 5);
      // The text takes some of the height, so there may be fewer of them.
      const after = await tops(page);
      assert.deepEqual(after, before.slice(0, after.length));
    });

    it('asks for the nodes that it shows, and for the whole round that is looked at', async () => {
      const { page } = await open({ width: 1200 });
      const lines = [header, ...longRun(1000)].map((line) => `${JSON.stringify(line)}\n`);
      const index = new TraceIndex(heldBytes(new TextEncoder().encode(lines.join(''))), 'long');
      const record = new GenerationRecord();
      const feed = view.connect(record, 'wide');
      await index.advance();
      record.show('long.spectrace.jsonl', index);
      await page.waitForSelector('.band[data-round="0"]');
      await page.locator('[role=slider]').press('End');
      await page.click('#r997n0');
      await page.waitForSelector('.card .candidates:not([hidden]) .is-chosen');
      assert.match(await page.innerText('.card'), /rejected: the target drew "·keeps"/);
      feed.dispose();
    });

    it('goes to both ends of a run that no browser can lay out at once', async () => {
      const { page } = await open();
      const some = rowsOf(longRun(1000));
      const columns = roundColumns();
      for (let i = 0; i < 200; i++) columns.append(some.data, some.count);
      const { length: count } = columns;
      await view.send(snapshot({ nodes: null }), {
        ...snapshot({ generation: 2, nodes: null }),
        rounds: { count, data: columns.encode(0, count) },
      });
      const bands = () =>
        page.$$eval('.band', (all) => all.map((b) => Number((b as HTMLElement).dataset['round'])));
      assert.ok((await page.$eval('.bands', ({ scrollHeight }) => scrollHeight)) < 1 << 24);
      for (const [key, round] of [
        ['End', count - 1],
        ['PageDown', count - 12],
        ['Home', 0],
      ] as const) {
        await page.locator('[role=slider]').press(key);
        await view.settle();
        assert.ok((await bands()).includes(round), `${key}: ${String(await bands())}`);
      }
    });
  });

  describe('survives', () => {
    it('messages that it does not understand', async () => {
      const { page, said } = await open();
      await view.send(
        snapshot(),
        { type: 'surprise' },
        'text',
        null,
        { ...delta(), rounds: [{ index: 9 }] },
        {
          ...delta({ rounds: rounds.slice(0, 1) }),
          from: rounds.length,
          nodes: null,
          rounds: { count: 2, data: new ArrayBuffer(3) },
        },
      );
      const problems = said.filter(({ type }) => type === 'problem');
      assert.equal(problems.length, 5);
      assert.match(JSON.stringify(problems[0]), /surprise/);
      assert.equal((await page.locator('.band').count()) > 0, true);
    });

    it('a round that is missing, by asking for everything again', async () => {
      const { said } = await open();
      await view.send(snapshot({ rounds: rounds.slice(0, 2) }), delta({ rounds: rounds.slice(4) }));
      assert.deepEqual(
        said.map(({ type }) => type),
        ['ready', 'received', 'problem', 'ready'],
      );
    });

    it('being hidden: the same record comes back as it was', async () => {
      const { page } = await open();
      await view.send(snapshot({ rounds: longRun(200) }));
      await page.click('.text .disclosure');
      for (const key of ['End', '[']) await page.locator('[role=slider]').press(key);
      await page.locator('[role=treeitem]').first().focus();
      await page.keyboard.press('[');
      await view.settle();
      await page.keyboard.press('Enter');
      await view.settle();
      const id = await focused(page);
      const heading = await page.innerText('.card-heading');
      await page.reload();
      await view.send(snapshot({ rounds: longRun(200) }));
      assert.equal(await page.isVisible(`#${id}`), true);
      assert.equal(await page.innerText('.card-heading'), heading);
      assert.equal(await page.isVisible('#text-body'), false);
    });

    it('another record: nothing of the old one stays', async () => {
      const { page } = await open();
      await view.send(
        snapshot({ rounds: longRun(50) }),
        snapshot({ generation: 2, rounds: rounds.slice(0, 1) }),
      );
      assert.equal(await page.locator('.band').count(), 1);
      assert.equal(await page.innerText('#text-body'), 'A');
      await view.send(delta({ generation: 1, rounds: rounds.slice(1, 2) }));
      assert.equal(await page.locator('.band').count(), 1);
    });

    it('a record without a header', async () => {
      const { page } = await open();
      await view.send(snapshot({ header: null }));
      await page.hover('#r2n1');
      assert.match(await page.innerText('.card'), /rejected/);
    });
  });

  describe('tells a screen reader', () => {
    it('of the newest round, once', async () => {
      const { page } = await open();
      await view.send(
        snapshot({ rounds: rounds.slice(0, 2), summary: null, status: { kind: 'generating' } }),
        delta({ rounds: [rounds[2]] }),
        delta({ rounds: [rounds[3]] }),
      );
      assert.match((await page.textContent('[role=status]')) ?? '', /^Round 2: 1 of 7 accepted/);
    });

    for (const theme of THEMES) {
      it(`everything that it shows, readably, in the ${theme} theme`, async () => {
        const { page } = await open({ theme, height: 1400 });
        const check = async (what: string) => assert.deepEqual(await axeFaults(page), [], what);
        await check('welcome');
        await view.send(snapshot());
        await check('panel');
        await view.send(delta({ status: { kind: 'truncated', reason: 'The engine stopped.' } }));
        await check('cut off');
        await page.click('#r2n1');
        await check('pinned card');
        await view.send(snapshot({ generation: 2, layout: 'wide', title: 'a.spectrace.jsonl' }));
        await page.setViewportSize({ width: 1200, height: 800 });
        await view.settle();
        await check('wide');
        await view.send(
          snapshot({
            generation: 3,
            rounds: [],
            status: { kind: 'error', message: 'It failed. Try again.' },
          }),
        );
        await check('error');
      });
    }

    for (const theme of THEMES) {
      it(`drawn text and shapes apart from what is behind them, in the ${theme} theme`, async () => {
        const { page } = await open({ theme, height: 2000 });
        await view.send(
          snapshot({ rounds: rounds.slice(0, 6), summary: null, status: { kind: 'generating' } }),
          delta({ drafted: draftedOf(rounds[6]) }),
        );
        const faint = await page.evaluate(contrastFaults);
        assert.ok(faint.looked > 60);
        assert.deepEqual(faint.faults, []);
      });
    }
  });

  describe('as a wide editor', () => {
    it('shows what ran beside the rounds, and the details of what is chosen', async () => {
      const { page } = await open({ width: 1200 });
      await view.send(snapshot({ layout: 'wide', title: 'a.spectrace.jsonl' }));
      assert.equal(await page.innerText('h1.title'), 'a.spectrace.jsonl');
      await page.locator('#about').scrollIntoViewIfNeeded();
      await page.waitForSelector('#about dd');
      assert.match(await page.innerText('#about'), new RegExp(header.machine.cpu));
      await page.click('#r1 .band-name');
      await view.settle();
      assert.match(await page.innerText('.card'), /Round 1/);
      assert.equal(await page.locator('.mask g').count(), 1 + rounds[1].parent.length);
      const [list, card] = [
        (await page.locator('.list').boundingBox())!,
        (await page.locator('.card').boundingBox())!,
      ];
      assert.ok(card.x >= list.x + list.width);
    });
  });
});
