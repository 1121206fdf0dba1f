import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

/**
 * Compares text with the file of that name in test/golden. With UPDATE_GOLDEN=1 it writes the file instead:
 * the difference is then reviewed in the commit.
 */
export function assertGolden(name: string, actual: string): void {
  const file = path.join('test', 'golden', name);
  if (process.env.UPDATE_GOLDEN === '1') {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, actual);
  }
  assert.equal(
    actual,
    fs.readFileSync(file, 'utf8'),
    `${file} differs; if the change is meant: UPDATE_GOLDEN=1`,
  );
}
