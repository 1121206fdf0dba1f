import assert from 'node:assert/strict';
import { bandHeight, layoutBand } from '../../../webview/layout';
import { RecordStore } from '../../../webview/store';
import type { Round } from '../../../src/trace/schema';
import {
  delta,
  draftedOf,
  header,
  longRun,
  nodesOf,
  rounds,
  snapshot,
  STORIES,
  tell,
} from '../../support/rounds';

const filled = (n = 3, some: readonly Round[] = rounds) => {
  const store = new RecordStore();
  store.apply(snapshot({ rounds: some.slice(0, n), summary: null }));
  return store;
};

/** Where everything of a round stands. */
const placesOf = (store: RecordStore, index: number) => {
  const round = store.round(index)!;
  const draft = { ...round, depth: round.nodeDepth };
  const layout = layoutBand(draft, {
    committed: round.committed,
    wanted: round.endKind === 'correction',
    hidden: store.showPruned ? undefined : (node) => round.state[node] === 'pruned',
  });
  return { top: store.tops[index], ...layout };
};

describe('record store', () => {
  it('takes a snapshot as the whole record', () => {
    const store = filled();
    assert.deepEqual(store.apply(snapshot({ generation: 2, rounds: [] })), { kind: 'replaced' });
    assert.equal(store.count, 0);
    assert.deepEqual(store.tops, [0]);
    assert.equal(store.tally.rounds, 0);
    assert.equal(store.round(0), null);
  });

  it('has of each round what the trace has', () => {
    const store = filled(rounds.length);
    const close = (a: number | null, b: number | null) =>
      a === b || (a !== null && b !== null && Math.abs(a - b) < 1e-7);
    for (const [index, whole] of rounds.entries()) {
      const round = store.round(index)!;
      for (const name of ['parent', 'token', 'text', 'bytes', 'state', 'source', 'accepted_path'] as const) {
        assert.deepEqual(round[name], whole[name], name);
      }
      assert.deepEqual(round.nodeDepth, whole.depth);
      for (const name of ['q', 'p', 'p_sampler', 'draw'] as const) {
        assert.ok(
          round[name].every((value, node) => close(value, whole[name][node])),
          name,
        );
      }
      assert.deepEqual(
        round.emitted.map(({ token, text, bytes }) => [token, text, bytes]),
        whole.emitted.map((token, i) => [token, whole.emitted_text[i], whole.emitted_bytes[i]]),
      );
      assert.ok(round.emitted.every(({ p }, i) => close(p, whole.emitted_p[i])));
      assert.deepEqual(round.t_us, whole.t_us);
      assert.equal(round.endKind, whole.end.kind);
    }
  });

  it('knows a band’s height before its nodes are here', () => {
    for (const showPruned of [false, true]) {
      const store = filled(rounds.length);
      store.showPruned = showPruned;
      rounds.forEach((_, index) => {
        assert.equal(bandHeight(store.head(index), showPruned), placesOf(store, index).height);
      });
    }
  });

  it('never moves what is there: no coordinate changes after an append', () => {
    const run = longRun(300);
    const store = filled(40, run);
    const before = Array.from({ length: 40 }, (_, index) => placesOf(store, index));
    const { scale } = store;
    for (let from = 40; from < run.length; from += 13) {
      const change = store.apply(delta({ rounds: run.slice(from, from + 13) }));
      assert.deepEqual(change, { kind: 'grown', from });
      const after = Array.from({ length: 40 }, (_, index) => placesOf(store, index));
      assert.deepEqual(after, before);
      assert.equal(store.scale, scale);
    }
    assert.equal(store.count, run.length);
  });

  it('shows a round whose nodes come later in the place that it has without them', () => {
    const store = new RecordStore();
    store.apply(snapshot({ nodes: null }));
    assert.equal(store.round(2), null);
    assert.equal(store.hasNodes(2), false);
    const tops = [...store.tops];
    assert.deepEqual(store.apply({ type: 'nodes', generation: 1, nodes: nodesOf(rounds) }), {
      kind: 'arrived',
      first: 0,
      what: 'nodes',
    });
    assert.deepEqual(store.round(2)?.text, rounds[2].text);
    assert.equal(store.roundsHeld(0), rounds.length);
    assert.deepEqual(store.tops, tops);
  });

  it('takes nodes only where they continue what it has of their page', () => {
    const run = longRun(300);
    const store = new RecordStore();
    store.apply(snapshot({ rounds: run, nodes: null }));
    store.apply({ type: 'nodes', generation: 1, nodes: nodesOf(run.slice(130, 140)) });
    assert.equal(store.round(130), null, 'in the middle of a page');
    store.apply({ type: 'nodes', generation: 1, nodes: nodesOf(run.slice(100, 260)) });
    assert.equal(store.round(100), null);
    assert.deepEqual(store.round(128)?.text, run[128].text, 'from the first page that begins in it');
    assert.deepEqual(store.round(259)?.text, run[259].text);
    store.apply({ type: 'nodes', generation: 1, nodes: nodesOf(run.slice(256, 300)) });
    assert.deepEqual(store.round(259)?.source, run[259].source);
    assert.deepEqual(store.round(299)?.text, run[299].text);
  });

  it('refuses nodes that do not fit together, and keeps what it has', () => {
    const store = filled();
    const good = nodesOf(rounds.slice(3));
    const faults = [
      { ...good, size: good.size + 1 },
      { ...good, words: good.words.slice(0, 1) },
      { ...good, sources: [] },
      { ...good, count: good.count - 1 },
      { ...good, nodes: new ArrayBuffer(good.nodes.byteLength) },
    ].map((nodes) => store.apply({ type: 'nodes', generation: 1, nodes }));
    assert.deepEqual([...new Set(faults.map(({ kind }) => kind))], ['faulty']);
    assert.equal(store.count, 3);
    assert.ok(store.round(2) !== null);
  });

  it('holds at most 64 bytes a node besides the text', () => {
    const drafting = STORIES.filter(({ guesses }) => guesses.length > 0);
    const run = tell(Array.from({ length: 5000 }, (_, i) => drafting[i % drafting.length]));
    const nodes = run.reduce((sum, round) => sum + round.parent.length, 0);
    const store = filled(run.length, run);
    assert.ok(store.heldBytes / nodes <= 64, `${store.heldBytes / nodes} bytes`);
  });

  it('keeps the header that a delta does not repeat', () => {
    const store = filled();
    store.apply(delta());
    assert.equal(store.header, header);
  });

  it('drops a late message of an old record', () => {
    const store = filled();
    store.apply(snapshot({ generation: 5, rounds: [] }));
    assert.deepEqual(store.apply(delta({ generation: 4, rounds: rounds.slice(0, 1) })), { kind: 'stale' });
    assert.equal(store.count, 0);
  });

  it('starts over when a delta belongs to a newer record', () => {
    const store = filled();
    assert.deepEqual(store.apply(delta({ generation: 2, rounds: rounds.slice(0, 1) })), { kind: 'replaced' });
    assert.equal(store.count, 1);
  });

  it('skips rounds it has and reports rounds it misses', () => {
    const store = filled();
    store.apply(delta({ rounds: rounds.slice(1, 5) }));
    assert.equal(store.count, 5);
    assert.deepEqual(store.round(4)?.text, rounds[4].text);
    assert.deepEqual(store.apply(delta({ rounds: rounds.slice(6) })), { kind: 'gap', expected: 5, got: 6 });
    assert.equal(store.count, 5);
  });

  it('shows a draft at the end, and only the one that comes next', () => {
    const store = filled(6);
    const height = store.height;
    store.apply(delta({ drafted: draftedOf(rounds[6]) }));
    assert.ok(store.height > height);
    store.apply(delta({ rounds: [rounds[6]], drafted: draftedOf(rounds[6]) }));
    assert.equal(store.pending, null);
    assert.equal(store.height, store.tops.at(-1));
  });

  it('makes room again when pruned nodes are asked for', () => {
    const store = filled(8);
    assert.ok(store.hasPruned);
    const cut = rounds[7].state.indexOf('pruned');
    assert.equal(placesOf(store, 7).row[cut], -1);
    store.showPruned = true;
    assert.equal(placesOf(store, 7).row[cut], 2);
    assert.equal(store.tops.length, 9);
  });

  it('adds up what the header divides', () => {
    const run = longRun(16);
    const store = filled(16, run);
    assert.equal(
      store.tally.tokens,
      run.reduce((sum, round) => sum + round.emitted.length, 0),
    );
    assert.equal(
      store.tally.total,
      run.reduce((sum, round) => sum + round.t_us.total, 0),
    );
  });

  it('keeps a whole round that was asked for', () => {
    const store = filled();
    assert.equal(store.wholeRound(2), null);
    store.apply({ type: 'round', generation: 1, round: rounds[2] });
    assert.equal(store.wholeRound(2), rounds[2]);
    store.apply(snapshot({ generation: 2 }));
    assert.equal(store.wholeRound(2), null);
  });
});
