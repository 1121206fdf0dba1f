import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { readTraceInto } from '../src/host/readTrace';
import { GenerationRecord } from '../src/host/record';
import { ViewFeed } from '../src/host/viewFeed';
import { fileBytes } from '../src/trace/fileBytes';
import type { Round } from '../src/trace/schema';
import { TraceIndex } from '../src/trace/traceIndex';
import { Harness, type ViewPage } from '../test/browser/page';
import { draftedOf, header, tell, type Guess, type Story } from '../test/support/rounds';
import { RecordStore } from '../webview/store';
import type { Row } from './table';

/**
 * The view in headless Chromium, fed by the editor's own record and feed: live in the middle of 10,000 nodes, and
 * with a trace file of 100,000. Frames are the intervals between two of the browser's frames; tasks are those of
 * the page's main thread, from the browser's own tracing.
 */

/** Of one draft. */
const NODES = 16;
const PANEL = { width: 360, height: 800 };
const EDITOR = { width: 1400, height: 900 };
/** Live rounds that are measured, and milliseconds between two: faster than the default model on any machine. */
const LIVE = { rounds: 150, every: 40 };
/** Frames of scrolling, and pixels a frame: seven screens a second. */
const SCROLL = { frames: 400, pixels: 100 };

/** @param dist the folder of the built view */
export async function measureView(
  dist: string,
): Promise<{ figures: Record<string, number>; rows: readonly Row[] }> {
  const harness = await Harness.start(dist);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'draftscope-bench-'));
  try {
    const live = await measureLive(harness, madeUpRun(10_000));
    const trace = madeUpRun(100_000);
    const file = path.join(folder, 'large.spectrace.jsonl');
    await writeFile(file, [header, ...trace].map((line) => `${JSON.stringify(line)}\n`).join(''));
    const opened = await measureTrace(harness, file);
    const bytesPerNode = await heldPerNode(file);
    const figures = {
      'view.frameP95Ms': live.p95,
      'view.longestTaskMs': live.longestTask,
      'view.roundToScreenMs': live.roundToScreen,
      'view.open100kMs': opened.open,
      'view.scroll100kFrameP95Ms': opened.p95,
      'view.scroll100kLongestTaskMs': opened.longestTask,
      'view.bytesPerNode': bytesPerNode,
    };
    return {
      figures,
      rows: Object.entries(figures).map(([figure, value]) => ({ figure, value: value.toFixed(1) })),
    };
  } finally {
    await harness.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A generation that goes on in the middle of a run: frames, tasks, and from a round's record to the screen. */
async function measureLive(harness: Harness, run: readonly Round[]) {
  const view = await harness.open(PANEL);
  const record = new GenerationRecord();
  record.begin();
  record.apply({ type: 'header', id: 1, header });
  const before = run.length - LIVE.rounds;
  for (const round of run.slice(0, before)) record.apply({ type: 'round', id: 1, round, text: '' });
  const feed = view.connect(record);
  await view.page.waitForSelector(`.band[data-round="${before - 1}"] .node`);
  await view.settle();
  await watchDrawn(view);
  const made = new Map<number, number>();
  const generate = async (rounds: readonly Round[]) => {
    for (const round of rounds) {
      record.apply({ type: 'drafted', id: 1, drafted: draftedOf(round) });
      await pause(LIVE.every / 2);
      made.set(round.index + 1, now());
      record.apply({ type: 'round', id: 1, round, text: '' });
      await pause(LIVE.every / 2);
    }
  };
  const half = before + LIVE.rounds / 2;
  const frames = await framesDuring(view, () => generate(run.slice(before, half)));
  // The last rounds are still on their way.
  await view.page.waitForFunction(
    (last) => document.querySelector('[role=slider]')?.getAttribute('aria-valuemax') === String(last),
    half - 1,
  );
  await view.settle();
  const drawn = await view.page.evaluate(
    () => (globalThis as unknown as { drawn: [rounds: number, at: number][] }).drawn,
  );
  const delays = [...made].map(([count, at]) => drawn.find(([rounds]) => rounds >= count)![1] - at);
  const longestTask = await longestTaskDuring(harness.browser, view, () => generate(run.slice(half)));
  feed.dispose();
  await view.close();
  return { p95: percentile(frames, 0.95), longestTask, roundToScreen: percentile(delays, 0.95) };
}

/**
 * A trace file, from the first byte that is read to its first round's nodes and its last round's column on screen,
 * and then scrolled. The page is there before: how long the editor takes to make one is not the view's.
 */
async function measureTrace(harness: Harness, file: string) {
  const view = await harness.open(EDITOR);
  const record = new GenerationRecord();
  view.connect(record, 'wide');
  await view.settle();
  const began = now();
  await readInto(record, file);
  await view.page.waitForSelector('.band[data-round="0"] .node');
  const rounds = record.state.rounds.columns.length;
  await view.page.waitForFunction(
    (last) => document.querySelector('[role=slider]')?.getAttribute('aria-valuemax') === String(last),
    rounds - 1,
  );
  const open = now() - began;
  await view.settle();
  const scroll = () =>
    view.page.evaluate(async ({ frames: count, pixels }) => {
      const scroller = document.querySelector('.bands')!;
      for (let i = 0; i < count; i++) {
        // Down, a jump into the middle as by the strip, and up again.
        if (i === count / 2) scroller.scrollTop = scroller.scrollHeight / 2;
        scroller.scrollTop += i < (3 * count) / 4 ? pixels : -pixels;
        await new Promise((next) => requestAnimationFrame(next));
      }
    }, SCROLL);
  const frames = await framesDuring(view, scroll);
  const longestTask = await longestTaskDuring(harness.browser, view, scroll);
  await view.close();
  return { open, p95: percentile(frames, 0.95), longestTask };
}

/** Bytes a node that the view's columns hold when it has looked at the whole trace, the text left out. */
async function heldPerNode(file: string): Promise<number> {
  const record = new GenerationRecord();
  await readInto(record, file);
  const store = new RecordStore();
  const feed = new ViewFeed(record, 'wide', (message) => {
    // What follows from the record is not kept with it.
    const change = 'sequence' in message || message.type === 'nodes' ? store.apply(message) : null;
    if (change?.kind === 'faulty') throw new Error(change.fault);
    return Promise.resolve(true);
  });
  feed.receive({ type: 'ready', round: null });
  const { generation } = store;
  for (let first = 0; first < store.count; first += 128) {
    feed.receive({ type: 'want', generation, first, count: 128 });
    while (!store.hasNodes(Math.min(first + 128, store.count) - 1)) await pause(1);
  }
  feed.dispose();
  const { nodes } = store.columns.column;
  let all = 0;
  for (let i = 0; i < store.count; i++) all += nodes[i];
  return store.heldBytes / all;
}

async function readInto(record: GenerationRecord, file: string): Promise<void> {
  const title = path.basename(file);
  await readTraceInto(record, title, new TraceIndex(await fileBytes(file), title));
}

/** Milliseconds from each frame of the page to the next while `work` goes on. */
async function framesDuring(view: ViewPage, work: () => Promise<unknown>): Promise<number[]> {
  await view.page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(globalThis, { frames });
    const tick = (at: number) => {
      frames.push(at);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await work();
  const at = await view.page.evaluate(() => (globalThis as unknown as { frames: number[] }).frames);
  return at.slice(1).map((time, i) => time - at[i]);
}

/** The longest task of the page's main thread while `work` goes on, which the tracing itself slows down. */
async function longestTaskDuring(
  browser: Browser,
  view: ViewPage,
  work: () => Promise<unknown>,
): Promise<number> {
  await browser.startTracing(view.page, {
    categories: ['toplevel', 'disabled-by-default-devtools.timeline'],
  });
  await work();
  return longestTask(await browser.stopTracing());
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

/** Milliseconds of the longest task of the main thread that had most of them: the page's. */
function longestTask(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as { traceEvents: TraceEvent[] };
  const threads = traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
    .map(({ pid, tid }) => {
      const tasks = traceEvents.filter(
        (event) => event.pid === pid && event.tid === tid && event.ph === 'X' && /RunTask$/.test(event.name),
      );
      return tasks.map(({ dur }) => (dur ?? 0) / 1000);
    })
    .sort((a, b) => b.length - a.length);
  if (threads.length === 0 || threads[0].length === 0) throw new Error('the browser traced no task');
  return threads[0].reduce((a, b) => Math.max(a, b), 0);
}

/** Notes on the page when rounds have been drawn: the view's word, and then the end of that frame. */
async function watchDrawn(view: ViewPage): Promise<void> {
  await view.page.evaluate(() => {
    const drawn: [number, number][] = [];
    Object.assign(globalThis, { drawn });
    addEventListener('message', ({ data }: MessageEvent<{ message?: { type?: string } }>) => {
      if (data.message?.type !== 'received') return;
      const rounds = Number(document.querySelector('[role=slider]')?.getAttribute('aria-valuemax')) + 1;
      drawn.push([rounds, performance.timeOrigin + performance.now()]);
    });
  });
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

const pause = (ms: number) => new Promise((over) => setTimeout(over, ms));

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** A run of so many nodes, in drafts of 16: a path of which some is accepted, with alternatives beside it. */
function madeUpRun(nodes: number): Round[] {
  const stories: Story[] = [];
  for (let i = 0; i * NODES < nodes; i++) stories.push(madeUpRound(i));
  return tell(stories);
}

function madeUpRound(i: number): Story {
  const word = (k: number) => ` ${((i * 31 + k * 7) % 1999).toString(36)}${'aeiou'[k % 5]}`;
  const kept = (i * 7) % 5;
  let k = 0;
  const side = (state: Guess['state']): Guess => ({
    text: word(k++),
    p: 0.04,
    q: 0.1,
    state,
    children: [{ text: word(k++), p: 0.3, q: 0.2, state: 'notReached' }],
  });
  const path = (depth: number): Guess[] => {
    if (depth > 5) return [{ text: word(k++), p: 0.5, q: 0.4, state: 'notReached' }];
    const state = depth <= kept ? 'accepted' : depth === kept + 1 ? 'rejected' : 'notReached';
    const next: Guess = { text: word(k++), p: 0.7, q: 0.6, state, children: path(depth + 1) };
    return [next, side(depth <= kept + 1 ? 'rejected' : 'notReached')];
  };
  const end = kept > 5 ? 'bonus' : 'correction';
  return { guesses: path(1), end: { kind: end, text: `${word(40)}.`, p: 0.6 }, draft: 1.1, verify: 24 };
}
