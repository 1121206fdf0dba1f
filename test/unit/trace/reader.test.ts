import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Readable } from 'node:stream';
import { extentOf, parseTrace } from '../../../src/trace/parse';
import { readTrace } from '../../../src/trace/reader';
import { readTraceStream } from '../../../src/trace/streamReader';
import type { Round } from '../../../src/trace/schema';
import { wholeSampleTrace } from '../../support/sampleTrace';
import { temporaryFolder } from '../../support/temporaryFolder';
import { userError } from '../../support/userError';

const whole = wholeSampleTrace();
const { header, rounds, summary } = whole;
const lines = [header, ...rounds, summary].map((line) => JSON.stringify(line));
const text = `${lines.join('\n')}\n`;

const stream = (bytes: Uint8Array, pieceSize: number) => {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceSize) pieces.push(bytes.subarray(at, at + pieceSize));
  return Readable.from(pieces) as AsyncIterable<Uint8Array>;
};

describe('a whole trace', () => {
  it('is read from text and from pieces of any size', async () => {
    assert.deepEqual(parseTrace(text, 't'), whole);
    const bytes = Buffer.from(text);
    for (const size of [1, 7, 1000, bytes.length]) {
      assert.deepEqual(await readTraceStream(stream(bytes, size), 't'), whole);
    }
  });

  it('is held as far as so many rows go, and counted to its end', async () => {
    const seen: number[] = [];
    const options = { most: 4, visit: ({ index }: Round) => void seen.push(index) };
    // A row in round 0, three in round 1.
    const part = { ...whole, rounds: rounds.slice(0, 2) };
    assert.deepEqual(parseTrace(text, 't', options), part);
    assert.deepEqual(seen, [0, 1, 2, 3]);
    assert.deepEqual(await readTraceStream(stream(Buffer.from(text), 64), 't', { most: 4 }), part);
    assert.deepEqual(extentOf(part), { rounds: 2, of: 4 });
  });

  it('may have carriage returns, blank lines, a byte order mark, and no line feed at the end', async () => {
    const edited = `\uFEFF${lines.join('\r\n\r\n')}`;
    assert.deepEqual(await readTraceStream(stream(Buffer.from(edited), 64), 't'), whole);
  });

  it('may be of a later version, as far as it means the same', () => {
    const later = [{ ...header, schema: 'spectrace/2', news: 1 }, ...rounds, summary];
    const read = parseTrace(later.map((line) => JSON.stringify(line)).join('\n'), 't');
    assert.deepEqual(read, { ...whole, laterVersion: 'spectrace/2' });
  });

  it('may have fields of a later version, which are dropped', () => {
    const later = [header, ...rounds, summary].map((line) => JSON.stringify({ ...line, news: { a: [1] } }));
    assert.deepEqual(parseTrace(later.join('\n'), 't'), whole);
  });
});

describe('a trace that was cut off', () => {
  const bytes = Buffer.from(text);
  /** Where each line's text ends, before its line feed. */
  const ends: number[] = [];
  for (const line of lines) ends.push((ends.at(-1) ?? -1) + 1 + Buffer.byteLength(line));

  it('opens at every byte up to what is whole', async () => {
    for (let cut = ends[0]; cut < ends[ends.length - 1]; cut++) {
      const piece = bytes.subarray(0, cut);
      const whole = ends.filter((end) => end <= cut).length;
      const trace = parseTrace(piece.toString('utf8'), 't');
      assert.deepEqual(trace.header, header);
      assert.deepEqual(trace.rounds, rounds.slice(0, whole - 1), `cut at ${cut}`);
      assert.equal(trace.summary, null);
      assert.equal(trace.truncated, true);
      assert.deepEqual(await readTraceStream(stream(piece, 4096), 't'), trace, `cut at ${cut}`);
    }
  });

  it('is whole when only the last line feed is missing', () => {
    assert.equal(parseTrace(text.slice(0, -1), 't').truncated, false);
  });

  it('is refused when the cut is inside its header, at every byte', () => {
    for (let cut = 1; cut < ends[0]; cut++) {
      assert.throws(
        () => parseTrace(bytes.subarray(0, cut).toString('utf8'), 'cut.jsonl'),
        userError(
          'bad-file',
          'cut.jsonl is cut off inside its header (line 1), so it holds no round. Record the trace again.',
        ),
      );
    }
  });

  it('says where it ends', () => {
    const upTo = (end: number) => parseTrace(bytes.subarray(0, end).toString('utf8'), 't').reason;
    assert.equal(upTo(ends[0]), 'the file ends before its first round ended');
    assert.equal(upTo(ends[0] + 20), 'the file is cut off before its first round ended, inside line 2');
    assert.equal(upTo(ends[2]), 'the file ends after round 1');
    assert.equal(upTo(ends[4] + 5), 'the file is cut off after round 3, inside line 6');
  });
});

describe('what is not a trace', () => {
  const folder = temporaryFolder();
  const damaged = 'The file was changed or damaged: take another copy, or record the trace again.';

  const refuse = (content: string, sentence: string | RegExp) => {
    assert.throws(() => parseTrace(content, 'x.jsonl'), userError('bad-file', sentence));
  };

  it('is refused by name when it is empty', () => {
    refuse('', 'x.jsonl is empty. Record the trace again.');
    refuse('\n \n', 'x.jsonl is empty. Record the trace again.');
  });

  it('is refused when it is something else', () => {
    const sentence =
      'x.jsonl is not a trace: line 1 is not the header of spectrace/1. ' +
      'Choose a file that ends with .spectrace.jsonl.';
    for (const content of [
      'hello',
      'hello\n',
      '[]\n',
      'null',
      '{"a":1}\n',
      '{"type":"header"}\n',
      '{"type":"header","schema":"other/1"}\n',
      'GGUF\u0003\u0000\n',
      '{\n  "pretty": true\n}\n',
    ]) {
      refuse(content, sentence);
    }
  });

  it('is refused when it is of another version', () => {
    refuse(
      `${JSON.stringify({ ...header, schema: 'spectrace/0' })}\n`,
      'x.jsonl is a trace of another version, spectrace/0; this Draftscope reads spectrace/1. ' +
        'Open it with the version that wrote it, or record it again.',
    );
  });

  it('is refused with the line and the field that break the schema', () => {
    refuse(
      `${JSON.stringify({ ...header, threads: 'two' })}\n`,
      /^Line 1 of x\.jsonl breaks the format at `threads` \(.*\)\. The file was/,
    );
    const bad = JSON.stringify({ ...rounds[1], q: [0.5, 2] });
    refuse(
      [lines[0], lines[1], bad, lines[3]].join('\n'),
      /^Line 3 of x\.jsonl breaks the format at `q\.1` \(.*\)\./,
    );
  });

  it('is refused when a line in the middle is damaged', () => {
    refuse(
      [lines[0], lines[1].slice(0, 50), lines[2]].join('\n'),
      `Line 2 of x.jsonl is not JSON. ${damaged}`,
    );
    refuse(
      [lines[0], '{"type":"note"}', lines[1]].join('\n'),
      `Line 2 of x.jsonl is neither a round nor the summary. ${damaged}`,
    );
    refuse(`${text}${lines[1]}\n`, `Line 7 of x.jsonl stands after the summary. ${damaged}`);
    refuse(`${text}{"type":`, `Line 7 of x.jsonl stands after the summary. ${damaged}`);
  });

  it('is refused when a round is missing', () => {
    refuse(
      [lines[0], lines[1], lines[3]].join('\n'),
      `Line 3 of x.jsonl breaks a rule of the format: round 1 is missing, round 2 stands in its place. ${damaged}`,
    );
  });

  it('is refused when it cannot be read', async () => {
    const absent = folder.file('absent.spectrace.jsonl');
    await assert.rejects(
      readTrace(absent),
      userError('bad-file', `${absent} does not exist. Check the path.`),
    );
    await assert.rejects(
      readTrace(folder.file()),
      userError('bad-file', `${folder.file()} is a folder. Name a file in it.`),
    );
  });

  it('is refused when a line has no end', async () => {
    const file = folder.file('zeros');
    fs.writeFileSync(file, '');
    fs.truncateSync(file, (1 << 24) + 100_000);
    await assert.rejects(
      readTrace(file),
      userError('bad-file', /zeros is not a trace: it has a line of more than 16 MiB\./),
    );
  });

  it('reads what a file holds', async () => {
    const file = folder.file('run.spectrace.jsonl');
    fs.writeFileSync(file, text);
    assert.deepEqual((await readTrace(file)).rounds, rounds);
  });
});

describe('the rules of a round', () => {
  const tree = rounds[2];
  const cases: [string, Partial<Round>, RegExp][] = [
    ['arrays of unequal length', { q: tree.q.slice(1) }, /`q` has 4 entries, but `parent` has 5/],
    [
      'emitted arrays of unequal length',
      { emitted_p: [0.5] },
      /`emitted_p` has 1 entries, but `emitted` has 2/,
    ],
    ['a parent after its child', { parent: [2, -1, 0, 1, 2] }, /node 0 stands before its parent 2/],
    ['a node as its own parent', { parent: [0, -1, 0, 1, 2] }, /node 0 stands before its parent 0/],
    ['a depth that is not its parent’s plus one', { depth: [1, 1, 3, 2, 3] }, /node 2 has depth 3, not 2/],
    ['a path to nowhere', { accepted_path: [9] }, /`accepted_path` names node 9, which is not there/],
    ['a path that does not begin at the root', { accepted_path: [2] }, /`accepted_path` jumps to node 2/],
    ['a path over a rejected node', { accepted_path: [1] }, /node 1 is on `accepted_path`, but rejected/],
    [
      'an accepted node off the path',
      { state: ['accepted', 'accepted', 'rejected', 'notReached', 'pruned'] },
      /2 nodes are accepted, 1 are on `accepted_path`/,
    ],
    ['an emitted token that is not the path’s', { emitted: [11, 17] }, /`emitted` is not the tokens of/],
    ['an end without its token', { end: { kind: 'correction', token: null } }, /ends with correction, but/],
    [
      'an end that adds another token',
      { end: { kind: 'bonus', token: 5 } },
      /`emitted` is not the tokens of/,
    ],
    ['a row that is not there', { target_top: [{ row: 6, token: [], text: [], p: [] }] }, /names row 6/],
    [
      'a row of unequal arrays',
      { target_top: [{ row: 0, token: [1], text: [], p: [1] }] },
      /at row 0 differ/,
    ],
    [
      'a root at another position',
      { root: { token: 16, position: 9 } },
      /at position 9, but the text so far/,
    ],
    ['a root that is not the last token', { root: { token: 11, position: 7 } }, /is not the last token/],
    [
      'a token outside the vocabulary',
      { token: [10, 32, 11, 12, 12] },
      /token 32 is not in a vocabulary of 32/,
    ],
  ];
  for (const [name, change, sentence] of cases) {
    it(`refuse ${name}`, () => {
      const content = [lines[0], lines[1], lines[2], JSON.stringify({ ...tree, ...change })].join('\n');
      assert.throws(
        () => parseTrace(content, 'x.jsonl'),
        userError('bad-file', new RegExp(`^Line 4 of x.jsonl breaks a rule .*${sentence.source}`)),
      );
    });
  }

  it('refuse a round that emits nothing', () => {
    const nothing: Round = {
      ...rounds[0],
      emitted: [],
      emitted_bytes: [],
      emitted_text: [],
      emitted_p: [],
      end: { kind: 'none', token: null },
    };
    assert.throws(
      () => parseTrace([lines[0], JSON.stringify(nothing)].join('\n'), 'x.jsonl'),
      userError('bad-file', /the round emits no token/),
    );
  });
});

describe('the verdicts of a rule that tries nodes', () => {
  const under = (rule: string, index: number, change: Partial<Round>) => {
    const kept = [...rounds.slice(0, index), { ...rounds[index], ...change }];
    const head = { ...header, acceptance: { rule, lossless: true } };
    return () => parseTrace([head, ...kept].map((line) => JSON.stringify(line)).join('\n'), 'x.jsonl');
  };
  const fault = (sentence: RegExp) => userError('bad-file', sentence);

  it('are those that draws and chances give', () => {
    const chance = [1, null, 0.125, null, null];
    under('multiRound', 2, { chance })();
    assert.throws(
      under('multiRound', 2, { chance: [1, null, 0.125, null, null], draw: [0.5, null, 0.1, null, null] }),
      fault(/node 2 is rejected, but its draw is 0\.1 and its chance 0\.125/),
    );
    assert.throws(
      under('multiRound', 2, { chance: [1, null, 0.25, null, null] }),
      fault(/node 2 had the chance 0\.25, but p_sampler \/ q is 0\.125/),
    );
    assert.throws(
      under('multiRound', 2, { chance: [1] }),
      fault(/`chance` has 1 entries, but `parent` has 5/),
    );
    assert.throws(
      under('multiRound', 2, { chance: [1, null, 0.125, 0.5, null] }),
      fault(/node 3 has a chance, but no draw/),
    );
  });

  it('are those of the last node that passes, in a block', () => {
    under('block', 1, { chance: [0.1, 0.9] })();
    assert.throws(
      under('block', 1, { chance: [0.9, 0.1] }),
      fault(/2 nodes are accepted, but draws and chances accept 1/),
    );
  });

  it('are not looked into for a rule of a later version', () => {
    under('another', 1, { chance: [0.9, 0.1] })();
  });
});
