import assert from 'node:assert/strict';
import { Coalescer } from '../../../src/host/coalescer';
import { FakeClock } from './fakeClock';

describe('Coalescer', () => {
  let clock: FakeClock;
  let served: number[];
  let coalescer: Coalescer;

  beforeEach(() => {
    clock = new FakeClock();
    served = [];
    coalescer = new Coalescer(10, () => served.push(clock.now()), clock);
  });

  it('serves the first request at once', () => {
    coalescer.request();
    clock.advance(0);
    assert.deepEqual(served, [0]);
  });

  it('serves at most one an interval and always the last', () => {
    for (let i = 0; i < 25; i++) {
      coalescer.request();
      clock.advance(1);
    }
    clock.advance(100);
    assert.deepEqual(served, [0, 10, 20, 30]);
  });

  it('forgets a dropped request and goes on with the next', () => {
    coalescer.request();
    coalescer.drop();
    clock.advance(100);
    assert.deepEqual(served, []);
    coalescer.request();
    clock.advance(0);
    assert.deepEqual(served, [100]);
  });
});
