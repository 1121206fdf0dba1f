import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { rememberedSha256, sha256OfFile } from '../../../src/models/fileHash';
import { ownCache } from '../../support/environment';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

describe('sha256OfFile', () => {
  const temporary = temporaryFolder();
  ownCache(() => temporary.file('cache'));

  it('hashes a file of several pieces, and says how far it is', async () => {
    const content = Buffer.alloc(2_500_000, 'pieces');
    writeFileSync(temporary.file('f'), content);
    const done: number[] = [];
    const hash = await sha256OfFile(temporary.file('f'), { onProgress: (p) => done.push(p.done) });
    assert.equal(hash, sha256(content));
    assert.deepEqual(done, [1 << 20, 2 << 20, 2_500_000]);
  });

  it('can be cancelled', async () => {
    writeFileSync(temporary.file('f'), 'content');
    await assert.rejects(
      sha256OfFile(temporary.file('f'), { signal: AbortSignal.abort() }),
      userError('cancelled', 'Cancelled.'),
    );
  });

  it('says so when there is no file', async () => {
    const file = temporary.file('nothing');
    await assert.rejects(sha256OfFile(file), userError('bad-file', `There is no ${file}. Check the path.`));
  });
});

describe('rememberedSha256', () => {
  const temporary = temporaryFolder();
  ownCache(() => temporary.file('cache'));

  /** The hash, and whether the file was read for it. */
  async function look(): Promise<{ hash: string; read: boolean }> {
    let read = false;
    const hash = await rememberedSha256(temporary.file('f'), { onProgress: () => (read = true) });
    return { hash, read };
  }

  it('reads a file once', async () => {
    writeFileSync(temporary.file('f'), 'content');
    assert.deepEqual(await look(), { hash: sha256('content'), read: true });
    assert.deepEqual(await look(), { hash: sha256('content'), read: false });
  });

  it('reads it again when its size has changed', async () => {
    writeFileSync(temporary.file('f'), 'content');
    await look();
    writeFileSync(temporary.file('f'), 'longer content');
    assert.deepEqual(await look(), { hash: sha256('longer content'), read: true });
  });

  it('reads it again when its time of change has changed', async () => {
    writeFileSync(temporary.file('f'), 'content');
    await look();
    writeFileSync(temporary.file('f'), 'CONTENT');
    utimesSync(temporary.file('f'), 1, 1);
    assert.deepEqual(await look(), { hash: sha256('CONTENT'), read: true });
  });

  it('does without a cache that cannot be written', async () => {
    writeFileSync(temporary.file('cache'), 'a file, not a folder');
    writeFileSync(temporary.file('f'), 'content');
    assert.deepEqual(await look(), { hash: sha256('content'), read: true });
    assert.deepEqual(await look(), { hash: sha256('content'), read: true });
    assert.equal(existsSync(temporary.file('cache', 'hashes')), false);
  });
});
