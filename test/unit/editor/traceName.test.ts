import assert from 'node:assert/strict';
import { traceName } from '../../../src/editor/traceName';

describe('traceName', () => {
  it('has the time and the drafter, and no character that a file system forbids', () => {
    const name = traceName(new Date('2026-01-31T12:30:59.123Z'), 'suffix');
    assert.equal(name, '2026-01-31T12-30-59-123-suffix.spectrace.jsonl');
    assert.doesNotMatch(traceName(new Date(0), 'a/b:c\\d'), /[/:\\]/);
  });

  it('sorts by time', () => {
    const times = [0, 999, 1000, 86_400_000, 1_800_000_000_000];
    const names = times.map((time) => traceName(new Date(time), 'none'));
    assert.deepEqual([...names].sort(), names);
  });
});
