import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  cacheFolder,
  finishPartial,
  releasePartial,
  resumePartial,
  startPartial,
  writeAtomically,
} from '../../../src/models/cache';
import { ownEnvironment } from '../../support/environment';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

describe('cacheFolder', () => {
  describe('with DRAFTSCOPE_CACHE', () => {
    ownEnvironment(() => ({ DRAFTSCOPE_CACHE: 'some/where' }));
    it('is the chosen folder', () => assert.equal(cacheFolder(), path.resolve('some/where')));
  });

  describe('without DRAFTSCOPE_CACHE', () => {
    ownEnvironment(() => ({ DRAFTSCOPE_CACHE: undefined }));
    it('is a folder of the platform', () => {
      assert.ok(path.isAbsolute(cacheFolder()));
      assert.match(cacheFolder(), /draftscope/);
    });
  });
});

describe('the cache', () => {
  const temporary = temporaryFolder();
  const finished = () => temporary.file('models', 'm.bin');
  const names = () => readdirSync(temporary.file('models'));

  /** The name that another process would have chosen for its work on `finished`. */
  async function partialOf(pid: number, machine?: string): Promise<string> {
    const own = await startPartial(finished());
    const [, ownMachine] = /\.([0-9a-f]{8})-\d+-[0-9a-f]{8}\.partial$/.exec(own)!;
    return own.replace(`${ownMachine}-${process.pid}-`, `${machine ?? ownMachine}-${pid}-`);
  }

  function deadProcess(): number {
    return spawnSync(process.execPath, ['--version']).pid;
  }

  describe('writeAtomically', () => {
    it('writes a file into folders that it makes', async () => {
      await writeAtomically(finished(), (partial) => writeFile(partial, 'whole'));
      assert.equal(readFileSync(finished(), 'utf8'), 'whole');
      assert.deepEqual(names(), ['m.bin']);
    });

    it('shows nothing of a file before it is whole', async () => {
      await writeAtomically(finished(), async (partial) => {
        await writeFile(partial, 'half');
        assert.equal(existsSync(finished()), false);
        assert.equal(path.dirname(partial), path.dirname(finished()));
      });
    });

    it('leaves what was there when the writing fails', async () => {
      await writeAtomically(finished(), (partial) => writeFile(partial, 'old'));
      const failing = writeAtomically(finished(), async (partial) => {
        await writeFile(partial, 'half');
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      });
      await assert.rejects(
        failing,
        userError('disk', /^There is no space left for .+\. Free some or set DRAFTSCOPE_CACHE/),
      );
      assert.equal(readFileSync(finished(), 'utf8'), 'old');
      assert.deepEqual(names(), ['m.bin']);
    });

    it('lets two runs write the same file at once', async () => {
      const write = (content: string) =>
        writeAtomically(finished(), async (partial) => {
          await writeFile(partial, content);
          await appendFile(partial, content);
        });
      await Promise.all([write('one'), write('two')]);
      assert.match(readFileSync(finished(), 'utf8'), /^(oneone|twotwo)$/);
      assert.deepEqual(names(), ['m.bin']);
    });

    it('says so when it may not write', async () => {
      const failing = writeAtomically(finished(), () =>
        Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })),
      );
      const folder = path.dirname(finished());
      await assert.rejects(
        failing,
        userError(
          'disk',
          `There is no permission to write to ${folder}. Change its permissions or set DRAFTSCOPE_CACHE to another folder.`,
        ),
      );
    });

    it('says so when the folder cannot be made', async () => {
      writeFileSync(temporary.file('models'), 'a file');
      await assert.rejects(
        writeAtomically(finished(), (partial) => writeFile(partial, 'x')),
        userError('disk', /models could not be written: .+\. Check the disk or set DRAFTSCOPE_CACHE/),
      );
    });
  });

  describe('startPartial', () => {
    it('removes what a dead run left, files and folders', async () => {
      const leftFile = await partialOf(deadProcess());
      const leftFolder = await partialOf(deadProcess());
      writeFileSync(leftFile, 'half');
      mkdirSync(path.join(leftFolder, 'tmp'), { recursive: true });
      await startPartial(finished());
      assert.deepEqual(names(), []);
    });

    it('leaves alone what a living run works on', async () => {
      const living = await partialOf(process.ppid);
      writeFileSync(living, 'half');
      await startPartial(finished());
      assert.deepEqual(names(), [path.basename(living)]);
    });

    it('leaves alone what belongs to another file', async () => {
      const other = (await partialOf(deadProcess())).replace('m.bin.', 'm.bin.download.');
      writeFileSync(other, 'half');
      await startPartial(finished());
      assert.deepEqual(names(), [path.basename(other)]);
    });

    it('gives another machine a week', async () => {
      const recent = await partialOf(1, '00000000');
      const old = await partialOf(1, '00000000');
      for (const file of [recent, old]) writeFileSync(file, 'half');
      const longAgo = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
      utimesSync(old, longAgo, longAgo);
      await startPartial(finished());
      assert.deepEqual(names(), [path.basename(recent)]);
    });
  });

  describe('resumePartial', () => {
    it('starts with nothing', async () => {
      const { partial, bytes } = await resumePartial(finished());
      assert.equal(bytes, 0);
      assert.equal(existsSync(partial), false);
    });

    it('takes over what was released', async () => {
      const first = await resumePartial(finished());
      writeFileSync(first.partial, 'half');
      await releasePartial(first.partial);
      const second = await resumePartial(finished());
      assert.equal(second.bytes, 4);
      assert.equal(readFileSync(second.partial, 'utf8'), 'half');
      await finishPartial(second.partial, finished());
      assert.deepEqual(names(), ['m.bin']);
    });

    it('takes over the most that dead runs left', async () => {
      const parts = [await partialOf(0), await partialOf(0), await partialOf(0)];
      parts.forEach((part, i) => writeFileSync(part, ['ab', 'abcd', 'a'][i]));
      assert.equal((await resumePartial(finished())).bytes, 4);
    });

    it('gives a part to one of several runs only', async () => {
      writeFileSync(await partialOf(deadProcess()), 'half');
      const runs = await Promise.all([resumePartial(finished()), resumePartial(finished())]);
      assert.deepEqual(runs.map(({ bytes }) => bytes).sort(), [0, 4]);
    });
  });

  it('says so when the work has vanished, and leaves what is finished', async () => {
    const partial = await startPartial(finished());
    writeFileSync(partial, 'same');
    await finishPartial(partial, finished());
    await assert.rejects(finishPartial(partial, finished()), userError('disk', /could not be written/));
    assert.equal(readFileSync(finished(), 'utf8'), 'same');
  });
});
