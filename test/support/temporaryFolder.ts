import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Gives every test of the surrounding `describe` a fresh folder, which is removed after it. */
export function temporaryFolder(): { file(...parts: string[]): string } {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'draftscope-test-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return { file: (...parts) => path.join(folder, ...parts) };
}
