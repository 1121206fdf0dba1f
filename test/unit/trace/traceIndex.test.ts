import assert from 'node:assert/strict';
import fs from 'node:fs';
import { heldBytes, type ByteSource } from '../../../src/trace/byteSource';
import { fileBytes } from '../../../src/trace/fileBytes';
import { summarise } from '../../../src/trace/summary';
import { TraceIndex } from '../../../src/trace/traceIndex';
import { sampleTrace } from '../../support/sampleTrace';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

const { header, rounds } = sampleTrace();
const summary = summarise(header, rounds, 'stop');
const lines = [header, ...rounds, summary].map((line) => JSON.stringify(line));
const text = `${lines.join('\n')}\n`;
const bytesOf = (content: string) => heldBytes(new TextEncoder().encode(content));

async function indexed(content: string): Promise<TraceIndex> {
  const index = new TraceIndex(bytesOf(content), 'x.jsonl');
  await index.advance();
  return index;
}

/** Hands out so many bytes at a time, whatever is asked for. */
function inPieces(content: string, size: number): ByteSource {
  const bytes = new TextEncoder().encode(content);
  const read = (start: number, end: number) =>
    Promise.resolve(bytes.subarray(start, Math.min(end, start + size)));
  return { size: bytes.length, held: 0, read };
}

describe('the index of a trace', () => {
  const folder = temporaryFolder();
  const damaged = 'The file was changed or damaged: take another copy, or record the trace again.';

  it('finds every round again, in memory and in a file', async () => {
    const file = folder.file('run.spectrace.jsonl');
    fs.writeFileSync(file, text);
    for (const source of [bytesOf(text), await fileBytes(file)]) {
      const index = new TraceIndex(source, 'x.jsonl');
      await index.advance();
      assert.deepEqual(index.state, {
        held: source.held,
        header,
        laterVersion: null,
        end: { summary, truncated: false, reason: '' },
        fault: null,
        doubts: [],
      });
      assert.equal(index.columns.length, rounds.length);
      assert.deepEqual(await index.read(0, rounds.length), rounds);
      assert.deepEqual(await index.read(2, 3), [rounds[2]]);
      assert.deepEqual(await index.read(2, 2), []);
    }
  });

  it('does not depend on how the file comes in pieces, nor on blank lines and carriage returns', async () => {
    for (const content of [text, text.trimEnd(), text.replaceAll('\n', '\r\n\r\n')]) {
      for (const size of [1, 7, 1000, content.length]) {
        const index = new TraceIndex(inPieces(content, size), 'x.jsonl');
        await index.advance();
        assert.deepEqual(index.state.end, { summary, truncated: false, reason: '' });
        assert.equal(index.columns.length, rounds.length);
      }
      assert.deepEqual(await (await indexed(content)).read(1, 4), rounds.slice(1));
    }
  });

  it('keeps of each round what is added up over a run', async () => {
    const { column } = (await indexed(text)).columns;
    assert.deepEqual([...column.nodes.subarray(0, 4)], [0, 2, 5, 3]);
    assert.deepEqual([...column.pruned.subarray(0, 4)], [0, 0, 1, 0]);
    assert.deepEqual([...column.accepted.subarray(0, 4)], [0, 2, 1, 2]);
    assert.deepEqual([...column.depth.subarray(0, 4)], [0, 2, 2, 3]);
    assert.deepEqual([...column.wholeDepth.subarray(0, 4)], [0, 2, 3, 3]);
    assert.deepEqual([...column.endRank.subarray(0, 4)], [1, 1, 1, 0]);
  });

  it('reads on where a file grew, also from the middle of a line', async () => {
    const cut = text.indexOf('\n', lines[0].length + lines[1].length + 10) - 20;
    const index = await indexed(text.slice(0, cut));
    assert.equal(index.columns.length, 1);
    assert.match(index.state.end?.reason ?? '', /cut off after round 0, inside line 3/);
    assert.equal(await index.continueWith(bytesOf(text)), true);
    await index.advance();
    assert.deepEqual(index.state.end, { summary, truncated: false, reason: '' });
    assert.deepEqual(await index.read(0, rounds.length), rounds);
  });

  it('knows that another file is no continuation', async () => {
    const index = await indexed(text);
    const other = [JSON.stringify({ ...header, created: '2027-01-01T00:00:00Z' }), ...lines.slice(1)].join(
      '\n',
    );
    const ended = [...lines.slice(0, -1), JSON.stringify({ ...summary, finishReason: 'length' })].join('\n');
    for (const content of [lines.slice(0, 2).join('\n'), other, '', ended]) {
      assert.equal(await index.continueWith(bytesOf(content)), false);
    }
    assert.equal(await index.continueWith(bytesOf(text)), true);
  });

  it('opens up to a line that is broken, and says what is wrong and where', async () => {
    const broken: [string, string][] = [
      [lines[2].slice(0, 30), `Line 3 of x.jsonl is not JSON. ${damaged}`],
      [
        JSON.stringify({ ...rounds[1], parent: [5, 0] }),
        `Line 3 of x.jsonl breaks a rule of the format: node 0 stands before its parent 5. ${damaged}`,
      ],
      [
        lines[3],
        `Line 3 of x.jsonl breaks a rule of the format: round 1 is missing, round 2 stands in its place. ${damaged}`,
      ],
    ];
    for (const [line, sentence] of broken) {
      const index = await indexed([lines[0], lines[1], line, ...lines.slice(3)].join('\n'));
      assert.equal(index.state.fault, sentence);
      assert.equal(index.state.end, null);
      assert.deepEqual(await index.read(0, index.columns.length), [rounds[0]]);
    }
    const after = await indexed(`${text}${lines[1]}\n`);
    assert.match(after.state.fault ?? '', /^Line 7 of x\.jsonl stands after the summary/);
    assert.equal(after.columns.length, 4);
  });

  it('ends at a line that never ends, without holding it', async () => {
    const file = folder.file('endless.spectrace.jsonl');
    fs.writeFileSync(file, `${lines[0]}\n${lines[1]}\n`);
    fs.truncateSync(file, 1 << 30);
    const index = new TraceIndex(await fileBytes(file), 'x.jsonl');
    await index.advance();
    assert.equal(index.state.fault, `Line 3 of x.jsonl is longer than 16 MiB. ${damaged}`);
    assert.equal(index.columns.length, 1);
  });

  it('ends at more rounds than any run has, and says so', async () => {
    const index = new TraceIndex(bytesOf(text), 'x.jsonl', 2);
    await index.advance();
    assert.equal(index.state.fault, 'x.jsonl has more than 2 rounds. Those that follow are left out.');
    assert.deepEqual(await index.read(0, index.columns.length), rounds.slice(0, 2));
  });

  it('says what cannot all be true, once it was read to its end', async () => {
    const wrong = JSON.stringify({ ...rounds[2], kv: { before: 99, after: 101 } });
    const index = await indexed([...lines.slice(0, 3), wrong, ...lines.slice(4)].join('\n'));
    assert.equal(index.columns.length, rounds.length);
    assert.equal(index.state.doubts.length, 1);
    assert.match(index.state.doubts[0], /^In round 2 the cache does not end/);
  });

  it('reads large rounds again a few at a time', async () => {
    const large = { ...rounds[1], text: rounds[1].text.map(() => 'x'.repeat(600_000)) };
    const index = await indexed([lines[0], lines[1], JSON.stringify(large), ...lines.slice(3)].join('\n'));
    const read = [];
    while (read.length < rounds.length) read.push(...(await index.read(read.length, rounds.length)));
    assert.deepEqual(read, rounds.with(1, large));
    assert.ok((await index.read(0, rounds.length)).length < rounds.length);
  });

  it('opens what a later version wrote, as far as it means the same', async () => {
    const later = [{ ...header, schema: 'spectrace/2', news: 1 }, { ...rounds[0], news: [1] }, rounds[1]];
    const index = await indexed(later.map((line) => JSON.stringify(line)).join('\n'));
    assert.equal(index.state.laterVersion, 'spectrace/2');
    assert.deepEqual(index.state.header, header);
    assert.deepEqual(await index.read(0, 2), rounds.slice(0, 2));
    const changed = [later[0], { ...rounds[0], token: 'text' }]
      .map((line) => JSON.stringify(line))
      .join('\n');
    assert.match(
      (await indexed(changed)).state.fault ?? '',
      /^Line 2 of x\.jsonl breaks the format at `token`/,
    );
    await assert.rejects(
      indexed(JSON.stringify({ ...header, schema: 'spectrace/0' })),
      userError('bad-file', /of another version, spectrace\/0/),
    );
  });

  it('refuses what has no header', async () => {
    for (const content of ['', 'hello\n', '{"a":1}\n', lines[0].slice(0, 50)]) {
      await assert.rejects(indexed(content), userError('bad-file', /^x\.jsonl is /));
    }
  });

  it('can be stopped, and tells how far it is', async () => {
    const many = Array.from({ length: 20 }, () => ' '.repeat(1 << 17)).join('\n');
    const abort = new AbortController();
    const index = new TraceIndex(bytesOf(`${lines[0]}\n${lines[1]}\n${many}`), 'x.jsonl');
    const told: number[] = [];
    const reading = index.advance({
      signal: abort.signal,
      onProgress: (done, total) => {
        told.push(done / total);
        if (told.length === 3) abort.abort();
      },
    });
    await assert.rejects(reading, userError('cancelled', /^Reading x\.jsonl was stopped/));
    assert.equal(told.length, 3);
    assert.ok(told[0] > 0 && told[0] < told[1] && told[2] < 1);
    assert.equal(index.columns.length, 1);
  });

  it('says so when a file was changed under it', async () => {
    const file = folder.file('run.spectrace.jsonl');
    fs.writeFileSync(file, text);
    const index = new TraceIndex(await fileBytes(file), 'x.jsonl');
    await index.advance();
    fs.writeFileSync(file, text.replace(lines[1], ' '.repeat(lines[1].length)));
    await assert.rejects(
      index.read(0, 1),
      userError('bad-file', /^Round 0 is no longer where it was in x\.jsonl/),
    );
    fs.rmSync(file);
    await assert.rejects(index.read(0, 1), userError('bad-file', /does not exist/));
  });
});
