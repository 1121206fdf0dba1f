import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Gives the surrounding `describe` a cache folder of its own, which is removed after it. */
export function temporaryCache(): void {
  const outer = process.env.DRAFTSCOPE_CACHE;
  let folder = '';
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'draftscope-cache-'));
    process.env.DRAFTSCOPE_CACHE = folder;
  });
  after(() => {
    if (outer === undefined) delete process.env.DRAFTSCOPE_CACHE;
    else process.env.DRAFTSCOPE_CACHE = outer;
    fs.rmSync(folder, { recursive: true, force: true });
  });
}
