import assert from 'node:assert/strict';
import { RecordStore } from '../../../webview/store';
import { TimeTravel, type TravelCause } from '../../../webview/timeTravel';
import { addRounds, EMPTY_TALLY } from '../../../webview/tally';
import { delta, longRun, nodesOf, rounds, snapshot } from '../../support/rounds';

/** Frames that come when the test says so. */
class HandFrames {
  private now = 1000;
  private waiting: ((now: number) => void) | null = null;

  request(frame: (now: number) => void): number {
    this.waiting = frame;
    return 1;
  }

  cancel(): void {
    this.waiting = null;
  }

  get idle(): boolean {
    return this.waiting === null;
  }

  pass(ms: number): void {
    this.now += ms;
    const frame = this.waiting;
    this.waiting = null;
    frame?.(this.now);
  }
}

function travelling(still = false, some = rounds) {
  const store = new RecordStore();
  store.apply(snapshot({ rounds: some }));
  const frames = new HandFrames();
  const causes: TravelCause[] = [];
  const travel = new TimeTravel(store, {
    changed: (cause) => causes.push(cause),
    still: () => still,
    frames,
  });
  return { store, frames, causes, travel };
}

describe('time travel', () => {
  it('steps through the rounds and stops at both ends: after the last one is now', () => {
    const { store, travel } = travelling();
    travel.by(-1);
    assert.deepEqual(store.moment, { rounds: rounds.length - 1, drafted: false });
    travel.by(1);
    assert.equal(store.moment, null);
    travel.by(1);
    assert.equal(store.moment, null);
    travel.to(0);
    travel.by(-1);
    assert.deepEqual(store.moment, { rounds: 1, drafted: false });
    travel.to(-5);
    assert.equal(store.past, 1);
    travel.toNow();
    assert.equal(store.past, rounds.length);
  });

  it('goes from rejection to rejection, without a node of them', () => {
    const { store, travel } = travelling();
    store.apply(snapshot({ generation: 2, rounds: longRun(1000), nodes: null }));
    const visited: number[] = [];
    travel.to(0);
    for (let i = 0; i < 4; i++) {
      travel.toRejection(1);
      visited.push(travel.round);
    }
    assert.deepEqual(visited, [2, 5, 10, 13]);
    travel.toNow();
    travel.toRejection(-1);
    assert.equal(travel.round, 997);
    travel.to(2);
    travel.toRejection(-1);
    assert.equal(travel.round, 2, 'there is none before it');
  });

  it('shows what had been added up then, and nothing that came later', () => {
    const { store, travel } = travelling();
    for (const round of [5, 2, 6, 0]) {
      travel.to(round);
      assert.deepEqual(store.pastTally, addRounds(EMPTY_TALLY, store.columns, 0, round + 1));
      assert.equal(store.height, store.tops[round + 1]);
    }
    travel.toNow();
    assert.equal(store.pastTally, store.tally);
  });

  it('lets rounds that arrive wait', () => {
    const { store, travel } = travelling(false, rounds.slice(0, 4));
    travel.to(1);
    store.apply(delta({ rounds: rounds.slice(4) }));
    assert.equal(store.past, 2);
    travel.toNow();
    assert.equal(store.past, rounds.length);
  });

  it('plays the recorded clock against the real one: drafts, then verdicts', () => {
    const { store, frames, travel } = travelling();
    travel.toggle();
    assert.deepEqual(store.moment, { rounds: 0, drafted: false });
    frames.pass(16);
    const first = rounds[0].t_us;
    frames.pass((first.total - first.verify - first.sample - first.commit) / 1000 + 0.1);
    assert.deepEqual(store.moment, { rounds: 0, drafted: true });
    frames.pass(first.verify / 1000 + 1);
    assert.equal(store.past, 1);
    assert.equal(travel.playing, true);
    const left = rounds.slice(1).reduce((sum, { t_us }) => sum + t_us.total, 0);
    frames.pass(left / 1000 + 1);
    assert.equal(store.moment, null, 'it ends at now');
    assert.equal(travel.playing, false);
    assert.ok(frames.idle);
  });

  it('plays slower and faster by the factor', () => {
    for (const speed of [4, 1 / 16] as const) {
      const { store, frames, travel } = travelling();
      travel.speed = speed;
      travel.toggle();
      frames.pass(16);
      frames.pass(rounds[0].t_us.total / 1000 / speed - 1);
      assert.equal(store.past, 0);
      frames.pass(2);
      assert.equal(store.past, 1);
    }
  });

  it('shows the draft that waits as it was drafted, and the same one until its verdict', () => {
    const { store } = travelling();
    store.moment = { rounds: 2, drafted: true };
    const { pending } = store;
    assert.deepEqual(pending?.drafted.text, rounds[2].text);
    assert.equal(store.pending, pending);
    assert.equal(store.height, store.tops[2] + pending.band.height);
    store.moment = { rounds: 2, drafted: false };
    assert.equal(store.pending, null);
  });

  it('shows no draft while its nodes are not here', () => {
    const { store } = travelling();
    store.apply(snapshot({ generation: 2, nodes: null }));
    store.moment = { rounds: 2, drafted: true };
    assert.equal(store.pending, null);
    store.apply({ type: 'nodes', generation: 2, nodes: nodesOf(rounds) });
    assert.ok(store.pending !== null);
  });

  it('plays whole rounds only where nothing is to move by itself', () => {
    const { store, frames, travel } = travelling(true);
    travel.toggle();
    frames.pass(0);
    for (let ms = 0; ms < 200; ms++) {
      frames.pass(1);
      assert.notEqual(store.moment?.drafted, true);
    }
    assert.ok(store.past > 3);
  });

  it('pauses where it is, and goes on from there', () => {
    const { store, frames, causes, travel } = travelling();
    travel.to(3);
    travel.toggle();
    travel.pause();
    assert.ok(frames.idle);
    assert.equal(store.past, 4);
    assert.deepEqual(causes, ['chosen', 'played', 'paused']);
    travel.pause();
    assert.equal(causes.length, 3, 'nothing was playing');
    travel.toggle();
    frames.pass(16);
    frames.pass(rounds[4].t_us.total / 1000 + 0.5);
    assert.equal(store.past, 5);
  });

  it('has nothing to play in an empty record', () => {
    const { store, travel } = travelling(false, []);
    travel.toggle();
    travel.by(1);
    assert.equal(travel.playing, false);
    assert.equal(store.moment, null);
  });

  it('ends with its record', () => {
    const { store, frames, travel } = travelling();
    travel.toggle();
    store.apply(snapshot({ generation: 2 }));
    travel.reset();
    assert.equal(store.moment, null);
    assert.ok(frames.idle);
  });
});
