import assert from 'node:assert/strict';
import { timeSpans } from '../../../webview/timeSpans';

describe('timeSpans', () => {
  it('divide the whole time, one below the end of the other, and lose nothing', () => {
    const spans = timeSpans({ draft: 10, verify: 60, sample: 5, commit: 5, total: 100 });
    assert.deepEqual(
      spans.map(({ phase, us }) => [phase, us]),
      [
        ['host', 20],
        ['draft', 10],
        ['verify', 60],
        ['sample', 5],
        ['commit', 5],
      ],
    );
    let at = 0;
    for (const { start, share } of spans) {
      assert.ok(Math.abs(start - at) < 1e-12);
      at += share;
    }
    assert.ok(Math.abs(at - 1) < 1e-12);
  });

  it('keep within the whole where a trace contradicts itself, and of no time at all', () => {
    const long = timeSpans({ draft: 50, verify: 60, sample: 0, commit: 0, total: 100 });
    assert.equal(long[0].us, 0);
    assert.ok(long.every(({ start, share }) => start + share <= 1 + 1e-12));
    const none = timeSpans({ draft: 0, verify: 0, sample: 0, commit: 0, total: 0 });
    assert.ok(none.every(({ start, share }) => start === 0 && share === 0));
  });
});
