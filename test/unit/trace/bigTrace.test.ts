import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run } from '../../../src/cli/run';
import { GenerationRecord } from '../../../src/host/record';
import { readTraceInto } from '../../../src/host/readTrace';
import { ViewFeed } from '../../../src/host/viewFeed';
import { PAGE, type FromView } from '../../../src/protocol/view';
import { analysisSchema } from '../../../src/protocol/analysis';
import { analyse } from '../../../src/trace/analysis';
import { MOST_ROWS } from '../../../src/trace/extent';
import { fileBytes } from '../../../src/trace/fileBytes';
import { MOST_NODES } from '../../../src/trace/invariants';
import { readTrace } from '../../../src/trace/reader';
import { finish } from '../../../src/trace/steps';
import { TraceIndex } from '../../../src/trace/traceIndex';
import { Predictor } from '../../../src/trace/whatIf/predict';
import { detailsOf } from '../../../webview/details';
import { moveFocus } from '../../../webview/keyboard';
import { layoutBand, MOST } from '../../../webview/layout';
import { maskOf } from '../../../webview/maskModel';
import { RecordStore } from '../../../webview/store';
import { Supply } from '../../../webview/supply';
import { shownRoundOf } from '../../../src/trace/shownRound';
import { BINARY, CHAIN, FAN, writeBigTrace } from '../../support/bigTrace';
import { FakeIo } from '../../support/fakeIo';
import { temporaryFolder } from '../../support/temporaryFolder';

/** Beyond the rows that are looked at in all. */
const LONG = { rounds: 140, nodes: 1900 };
/** Beyond a page of rounds, and its bytes beyond those that are read at once. */
const HEAVY = { rounds: 140, nodes: 300 };

async function indexed(file: string): Promise<TraceIndex> {
  const index = new TraceIndex(await fileBytes(file), 'big.jsonl');
  await index.advance();
  return index;
}

describe('a trace that is larger than it can be held', () => {
  const folder = temporaryFolder();
  let file = '';

  beforeEach(() => {
    file = folder.file('big.spectrace.jsonl');
  });

  it('is counted as a whole, answered about its beginning, and the answer says so', async () => {
    writeBigTrace(file, LONG);
    const csv = folder.file('rounds.csv');
    const chrome = folder.file('chrome.json');
    const io = new FakeIo();
    assert.equal(await run(['trace', file, '--what-if', 'nodes=0', '--csv', csv, '--chrome', chrome], io), 0);
    const held = Math.ceil(MOST_ROWS / (LONG.nodes + 1));
    const about = `This is about the first ${held} of ${LONG.rounds} rounds: there are too many to look at all of them.`;
    assert.ok(io.out.startsWith(`${about}\n`), io.out.slice(0, 200));
    assert.equal(
      io.err,
      `${file} is not whole: the file ends after round 139. The rounds that are there are counted.\n` +
        `Wrote ${chrome}. Open it in Perfetto or speedscope. ${about}\n` +
        `Wrote ${csv}, a line for each round.\n`,
    );
    const { otherData } = JSON.parse(fs.readFileSync(chrome, 'utf8')) as { otherData: { about: string } };
    assert.equal(otherData.about, about);
    assert.equal(fs.readFileSync(csv, 'utf8').trimEnd().split('\r\n').length, 1 + LONG.rounds);
  });

  it('comes to the view in parts, and no part is larger than the bytes that are read at once', async () => {
    writeBigTrace(file, HEAVY);
    const index = await indexed(file);
    assert.ok(index.columns.heldBytes < 200 * HEAVY.rounds);
    const record = new GenerationRecord();
    await readTraceInto(record, 'big', index);
    const store = new RecordStore();
    const parts: number[] = [];
    let whole: () => void;
    const all = new Promise<void>((resolve) => (whole = resolve));
    const supply = new Supply(store, (message: FromView) => {
      if (message.type === 'want') feed.receive(message);
    });
    const feed = new ViewFeed(record, 'wide', (message) => {
      assert.ok(message.type === 'snapshot' || message.type === 'nodes', message.type);
      const change = store.apply(message);
      if (change.kind === 'arrived' && change.what === 'nodes') {
        if (message.type === 'nodes') parts.push(message.nodes.size);
        supply.answered('nodes', change.first);
        if (store.roundsHeld(0) + store.roundsHeld(1) === HEAVY.rounds) whole();
      }
      return Promise.resolve(true);
    });
    feed.receive({ type: 'ready', round: null });
    supply.want([[0, HEAVY.rounds]]);
    await all;
    assert.deepEqual([store.roundsHeld(0), store.roundsHeld(1)], [PAGE, HEAVY.rounds - PAGE]);
    assert.equal(
      parts.reduce((sum, size) => sum + size, 0),
      HEAVY.rounds * HEAVY.nodes,
    );
    assert.ok(
      parts.every((size) => size * 80 < 1 << 20),
      `${Math.max(...parts)} nodes at once`,
    );
    assert.equal(store.round(HEAVY.rounds - 1)?.parent.length, HEAVY.nodes);
    feed.dispose();
  });

  for (const [name, shape] of Object.entries({ wide: FAN, deep: CHAIN, 'wide and deep': BINARY })) {
    it(`is concluded from and drawn where its drafts are as ${name} as they may be`, async () => {
      writeBigTrace(file, { rounds: 9, nodes: MOST_NODES, shape });
      const index = await indexed(file);
      assert.equal(index.state.fault, null);
      const trace = await readTrace(file);
      assert.equal(trace.rounds.length, 9);
      analysisSchema.parse(finish(analyse(trace.header, trace.rounds, true)));
      const predictor = Predictor.of(trace.header, trace.rounds);
      assert.ok(predictor!.predict({ policy: 'fixed', nodes: 64, depth: 64, width: 4, minQ: 0 }).ratio > 0);
      const round = shownRoundOf(trace.rounds[1]);
      const layout = layoutBand(
        { parent: round.parent, depth: round.nodeDepth, text: round.text },
        { committed: round.committed, wanted: true },
      );
      assert.ok(layout.rows <= MOST.rows && layout.row.filter((row) => row >= 0).length <= MOST.nodes);
      assert.equal(maskOf(round), null);
      const item = { at: 'node', round: 1, node: MOST_NODES - 1 } as const;
      assert.match(detailsOf(round, trace.rounds[1], item, trace.header).reason, /./);
      const walk = { count: 2, head: () => round, round: () => round, shown: () => true };
      assert.notEqual(moveFocus('ArrowUp', item, walk), null);
    });
  }

  it('ends before a draft that no engine could have verified, without looking through it', async () => {
    writeBigTrace(file, { rounds: 1, nodes: MOST_NODES + 1 });
    assert.match(
      (await indexed(file)).state.fault ?? '',
      /^Line 2 of big\.jsonl drafts 4097 nodes in one round, of which no more than 4096 are read\./,
    );
  });
});
