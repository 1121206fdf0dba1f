import assert from 'node:assert/strict';
import fs from 'node:fs';
import { parseTrace } from '../../../src/trace/parse';
import { summarise } from '../../../src/trace/summary';
import { refuseExisting, setAside, TraceWriter } from '../../../src/trace/writer';
import { sampleTrace, wholeSampleTrace } from '../../support/sampleTrace';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

describe('TraceWriter', () => {
  const folder = temporaryFolder();
  const { header, rounds } = sampleTrace();
  const read = (file: string) => parseTrace(fs.readFileSync(file, 'utf8'), file);

  it('has every line in the file when the call returns', () => {
    const file = folder.file('run.spectrace.jsonl');
    const writer = TraceWriter.create(file, header);
    assert.equal(read(file).rounds.length, 0);
    rounds.forEach((round, i) => {
      writer.round(round);
      assert.deepEqual(read(file).rounds, rounds.slice(0, i + 1));
      assert.equal(read(file).truncated, true);
    });
    writer.finish(wholeSampleTrace().summary);
    assert.deepEqual(read(file), wholeSampleTrace());
  });

  it('makes the folders that the file lies in', () => {
    const file = folder.file('a', 'b', 'run.spectrace.jsonl');
    TraceWriter.create(file, header).close();
    assert.deepEqual(read(file).header, header);
  });

  it('closes twice without harm', () => {
    const writer = TraceWriter.create(folder.file('run.spectrace.jsonl'), header);
    writer.close();
    writer.close();
  });

  it('never overwrites what a file holds', () => {
    const file = folder.file('notes.txt');
    fs.writeFileSync(file, 'mine');
    const refused = userError(
      'usage',
      `${file} exists already. Choose another name for the trace, or move it away.`,
    );
    assert.throws(() => TraceWriter.create(file, header), refused);
    assert.throws(() => refuseExisting(file), refused);
    assert.equal(fs.readFileSync(file, 'utf8'), 'mine');
  });

  it('fills an empty file, such as mktemp makes', () => {
    const file = folder.file('empty');
    fs.writeFileSync(file, '');
    refuseExisting(file);
    TraceWriter.create(file, header).close();
    assert.deepEqual(read(file).header, header);
  });

  it('names what stands in the way', () => {
    const file = folder.file('file');
    fs.writeFileSync(file, 'x');
    assert.throws(
      () => TraceWriter.create(folder.file('file', 'run.jsonl'), header),
      userError('disk', /file.run\.jsonl cannot be made, because part of its path is a file\./),
    );
    assert.throws(
      () => TraceWriter.create(folder.file(), header),
      userError('disk', `${folder.file()} is a folder. Name a file in it.`),
    );
  });

  it('reports a full disk', function () {
    // A device that is always full; only Linux has it.
    if (!fs.existsSync('/dev/full')) this.skip();
    const full = userError('disk', 'There is no space left to write /dev/full. Free some space.');
    assert.throws(() => TraceWriter.create('/dev/full', header), full);
  });

  describe('when a write fails in the middle of a line', () => {
    const writeSync = fs.writeSync;
    afterEach(() => {
      fs.writeSync = writeSync;
    });

    it('keeps the whole lines before it and throws the same error from then on', () => {
      const file = folder.file('run.spectrace.jsonl');
      const writer = TraceWriter.create(file, header);
      writer.round(rounds[0]);
      let calls = 0;
      fs.writeSync = ((descriptor: number, bytes: Buffer, offset: number) => {
        calls += 1;
        if (calls > 1) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        return writeSync(descriptor, bytes, offset, 40);
      }) as typeof fs.writeSync;
      const full = userError('disk', `There is no space left to write ${file}. Free some space.`);
      assert.throws(() => writer.round(rounds[1]), full);
      fs.writeSync = writeSync;
      assert.throws(() => writer.round(rounds[2]), full);
      assert.throws(() => writer.finish(summarise(header, rounds, 'stop')), full);
      assert.ok(fs.readFileSync(file, 'utf8').endsWith('}\n'));
      assert.deepEqual(read(file).rounds, [rounds[0]]);
    });
  });
});

describe('setAside', () => {
  const folder = temporaryFolder();

  it('keeps earlier traces under numbered names', () => {
    const file = folder.file('run.spectrace.jsonl');
    fs.writeFileSync(file, 'first');
    assert.equal(setAside(file), folder.file('run.1.spectrace.jsonl'));
    fs.writeFileSync(file, 'second');
    assert.equal(setAside(file), folder.file('run.2.spectrace.jsonl'));
    assert.equal(fs.existsSync(file), false);
    assert.equal(fs.readFileSync(folder.file('run.1.spectrace.jsonl'), 'utf8'), 'first');
    assert.equal(fs.readFileSync(folder.file('run.2.spectrace.jsonl'), 'utf8'), 'second');
  });

  it('has nothing to do for an absent or empty file', () => {
    assert.equal(setAside(folder.file('absent')), null);
    fs.writeFileSync(folder.file('empty'), '');
    assert.equal(setAside(folder.file('empty')), null);
  });
});
