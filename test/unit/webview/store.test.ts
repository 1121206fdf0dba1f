import assert from 'node:assert/strict';
import { RecordStore } from '../../../webview/store';
import { delta, draftedOf, header, longRun, rounds, snapshot } from '../../support/rounds';

const filled = (n = 3) => {
  const store = new RecordStore();
  store.apply(snapshot({ rounds: rounds.slice(0, n), summary: null }));
  return store;
};

describe('record store', () => {
  it('takes a snapshot as the whole record', () => {
    const store = filled();
    assert.deepEqual(store.apply(snapshot({ generation: 2, rounds: [] })), { kind: 'replaced' });
    assert.equal(store.rounds.length, 0);
    assert.deepEqual(store.tops, [0]);
    assert.equal(store.tally.rounds, 0);
  });

  it('appends without touching what was there', () => {
    const store = filled();
    const before = { bands: [...store.bands], tops: [...store.tops], scale: store.scale };
    assert.deepEqual(store.apply(delta({ rounds: rounds.slice(3) })), { kind: 'grown', from: 3 });
    assert.equal(store.rounds.length, rounds.length);
    before.bands.forEach((band, i) => assert.equal(store.bands[i], band));
    assert.deepEqual(store.tops.slice(0, 4), before.tops);
    assert.equal(store.scale, before.scale);
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
    assert.equal(store.rounds.length, 0);
  });

  it('starts over when a delta belongs to a newer record', () => {
    const store = filled();
    assert.deepEqual(store.apply(delta({ generation: 2, rounds: rounds.slice(0, 1) })), { kind: 'replaced' });
    assert.equal(store.rounds.length, 1);
  });

  it('skips rounds it has and reports rounds it misses', () => {
    const store = filled();
    store.apply(delta({ rounds: rounds.slice(1, 5) }));
    assert.deepEqual(
      store.rounds.map((round) => round.index),
      [0, 1, 2, 3, 4],
    );
    assert.deepEqual(store.apply(delta({ rounds: rounds.slice(6) })), { kind: 'gap', expected: 5, got: 6 });
    assert.equal(store.rounds.length, 5);
  });

  it('shows a draft at the end, and only the one that comes next', () => {
    const store = filled(6);
    const height = store.height;
    store.apply(delta({ drafted: draftedOf(rounds[6]) }));
    assert.ok(store.height > height);
    store.apply(delta({ rounds: [rounds[6]], drafted: draftedOf(rounds[6]) }));
    assert.equal(store.drafted, null);
    assert.equal(store.height, store.tops.at(-1));
  });

  it('lays out again when pruned nodes are asked for', () => {
    const store = filled(8);
    assert.ok(store.hasPruned);
    const cut = rounds[7].state.indexOf('pruned');
    assert.equal(store.bands[7].row[cut], -1);
    store.showPruned = true;
    assert.equal(store.bands[7].row[cut], 2);
    assert.equal(store.tops.length, 9);
  });

  it('adds up what the header divides', () => {
    const store = new RecordStore();
    const run = longRun(16);
    store.apply(snapshot({ rounds: run }));
    assert.equal(
      store.tally.tokens,
      run.reduce((sum, round) => sum + round.emitted.length, 0),
    );
    assert.equal(
      store.tally.total,
      run.reduce((sum, round) => sum + round.t_us.total, 0),
    );
    assert.equal(store.columns.length, 16);
  });
});
