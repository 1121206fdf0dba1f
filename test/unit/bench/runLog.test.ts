import assert from 'node:assert/strict';
import fs from 'node:fs';
import { RunLog } from '../../../bench/runLog';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

const configuration = { bench: 'spec', maxTokens: 128 };

describe('RunLog', () => {
  const folder = temporaryFolder();
  const file = () => folder.file('run.jsonl');

  /** Asks for parts of a run; says which of them were measured. */
  async function run(keys: readonly string[], to: string | undefined = file()): Promise<string[]> {
    const log = await RunLog.open<number>(to, configuration);
    const measured: string[] = [];
    for (const key of keys) {
      const value = await log.once(key, () => {
        measured.push(key);
        return Promise.resolve(key.length);
      });
      assert.equal(value, key.length);
    }
    return measured;
  }

  it('measures each part once, also over several runs', async () => {
    assert.deepEqual(await run(['a', 'bb']), ['a', 'bb']);
    assert.deepEqual(await run(['a', 'bb', 'ccc', 'a']), ['ccc']);
    assert.deepEqual(await run(['ccc', 'bb']), []);
  });

  it('remembers without a file for one run', async () => {
    const log = await RunLog.open<number>(undefined, configuration);
    await log.once('a', () => Promise.resolve(1));
    assert.equal(await log.once('a', () => Promise.reject(new Error('measured again'))), 1);
  });

  it('keeps nothing of a part that failed', async () => {
    const log = await RunLog.open<number>(file(), configuration);
    await assert.rejects(
      log.once('a', () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.deepEqual(await run(['a']), ['a']);
  });

  it('goes on after a run that was killed at any byte', async () => {
    await run(['a', 'bb', 'ccc']);
    const whole = fs.readFileSync(file());
    const ends = [...whole.keys()].filter((i) => whole[i] === 0x0a);
    for (let length = 0; length <= whole.length; length++) {
      fs.writeFileSync(file(), whole.subarray(0, length));
      const finished = Math.max(0, ends.filter((end) => end < length).length - 1);
      assert.deepEqual(await run(['a', 'bb', 'ccc']), ['a', 'bb', 'ccc'].slice(finished), `${length} bytes`);
      assert.deepEqual(fs.readFileSync(file()), whole, `${length} bytes`);
    }
  });

  it('refuses results of another configuration, and leaves them alone', async () => {
    await run(['a']);
    const before = fs.readFileSync(file(), 'utf8');
    await assert.rejects(
      RunLog.open(file(), { bench: 'spec', maxTokens: 64, weights: 'int8' }),
      userError(
        'usage',
        `${file()} holds results of another configuration: maxTokens 128, here 64; weights unknown, here int8. ` +
          'Give --out another file.',
      ),
    );
    assert.equal(fs.readFileSync(file(), 'utf8'), before);
  });

  it('refuses a file of another kind, a folder, and a place where nothing can be', async () => {
    fs.writeFileSync(file(), 'notes\nof mine\n');
    const other = `${file()} does not hold a benchmark's results. Give --out another file.`;
    await assert.rejects(RunLog.open(file(), configuration), userError('bad-file', other));
    assert.equal(fs.readFileSync(file(), 'utf8'), 'notes\nof mine\n');
    await assert.rejects(RunLog.open(folder.file(), configuration), userError('bad-file', /is a folder/));
    await assert.rejects(
      RunLog.open(folder.file('absent', 'run.jsonl'), configuration),
      userError('disk', /could not be written: .+ Give --out another file\./),
    );
  });
});
