import assert from 'node:assert/strict';
import { columns, ellipsis } from '../../../webview/ellipsis';

describe('labels that are cut', () => {
  it('are cut by columns, wide characters counting two', () => {
    assert.equal(columns('a二🌱'), 5);
    assert.equal(ellipsis('abcdef', 6), 'abcdef');
    assert.equal(ellipsis('abcdefg', 6), 'abcde…');
    assert.equal(ellipsis('二分探索木', 6), '二分…');
  });
});
