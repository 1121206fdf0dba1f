import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Analyst } from '../../src/host/analyst';
import { readTraceInto } from '../../src/host/readTrace';
import { GenerationRecord } from '../../src/host/record';
import { ViewFeed } from '../../src/host/viewFeed';
import { fileBytes } from '../../src/trace/fileBytes';
import { TraceIndex } from '../../src/trace/traceIndex';
import { writeBigTrace, type BigTrace } from '../../test/support/bigTrace';
import { RecordStore } from '../../webview/store';
import { Supply } from '../../webview/supply';
import { note, type Report } from '../report';
import type { Row } from '../table';
import { benchmark } from './command';

/** Ten million nodes: in drafts as large as an engine makes them, and as large as they are read. */
const TRACES: readonly BigTrace[] = [
  { rounds: 160_000, nodes: 64 },
  { rounds: 2_500, nodes: 4_096 },
];

export const traceCommand = benchmark<object>(
  'trace',
  'trace files of ten million nodes: what opening one takes, and how long others wait for it',
  [],
  trace,
);

async function trace(): Promise<Report> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'draftscope-bench-'));
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  try {
    for (const big of TRACES) {
      note(`opening ${big.rounds} rounds of ${big.nodes} nodes`);
      const file = path.join(folder, `${big.nodes}.spectrace.jsonl`);
      writeBigTrace(file, big);
      const opened = await open(file);
      rows.push({ rounds: big.rounds, 'nodes a round': big.nodes, ...opened });
      for (const [name, value] of Object.entries(opened)) figures[`trace.${big.nodes}.${name}`] = value;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { figures, rows, headline: [] };
}

/** Opens a trace as the editor does: read, sent to a view, nodes at its end brought, and concluded from. */
async function open(file: string): Promise<Record<string, number>> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const began = performance.now();
  const since = () => Math.round(performance.now() - began);
  const index = new TraceIndex(await fileBytes(file), file);
  const record = new GenerationRecord();
  await readTraceInto(record, file, index);
  const { fault } = index.state;
  if (fault !== null) throw new Error(fault);
  const read = since();
  await seeEnd(record, index.columns.length);
  const shown = since() - read;
  const concluded = await new Analyst(record).answer(null);
  delay.disable();
  return {
    readMs: read,
    shownMs: shown,
    concludedMs: since() - read - shown,
    concludedRounds: concluded?.last ?? 0,
    longestBlockMs: Math.round(delay.max / 1e6),
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** What a view asks for that shows the last rounds. */
async function seeEnd(record: GenerationRecord, rounds: number): Promise<void> {
  const store = new RecordStore();
  const last = [Math.max(0, rounds - 300), rounds] as const;
  await new Promise<void>((resolve, reject) => {
    const supply = new Supply(store, (message) => {
      if (message.type === 'want') feed.receive(message);
    });
    const feed = new ViewFeed(record, 'wide', (message) => {
      const change = 'sequence' in message || message.type === 'nodes' ? store.apply(message) : null;
      if (change?.kind === 'faulty') reject(new Error(change.fault));
      if (change?.kind === 'arrived') supply.answered(change.what, change.first);
      if ('sequence' in message) {
        setImmediate(() => feed.receive({ type: 'received', sequence: message.sequence }));
      }
      if (store.count === rounds && !store.hasNodes(rounds - 1)) supply.want([last]);
      if (store.hasNodes(rounds - 1)) {
        feed.dispose();
        resolve();
      }
      return Promise.resolve(true);
    });
    feed.receive({ type: 'ready', round: null });
  });
}
