import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run } from '../../../src/cli/run';
import type { Round, TraceHeader } from '../../../src/trace/schema';
import { FakeIo } from '../../support/fakeIo';
import { assertGolden } from '../../support/golden';
import { chainAlong, countingText, plannedRun } from '../../support/runs';
import { temporaryFolder } from '../../support/temporaryFolder';

const text = countingText(80);
const planned = plannedRun({
  text,
  verify: (rows) => 10_000 + 2000 * (rows - 1),
  draft: (offset) => ((offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, 8, offset % 3)),
});
/** The same prompt, drafted less, and another token near the end. */
const other = plannedRun({
  text: [...text.slice(0, 70), 700, ...text.slice(71)],
  nodes: 2,
  depth: 2,
  verify: (rows) => 10_000 + 2000 * (rows - 1),
  draft: (offset) => chainAlong(text, offset, 2, offset % 3),
  top: (token, offset) =>
    offset === 70
      ? [
          [token, 0.311],
          [text[70], 0.305],
        ]
      : [[token, 0.9]],
});

describe('what trace can be asked', () => {
  const folder = temporaryFolder();
  let io: FakeIo;
  const trace = (...options: string[]) => run(['trace', ...options], io);
  const write = (name: string, { header, rounds }: { header: TraceHeader; rounds: Round[] }) => {
    const file = folder.file(name);
    fs.writeFileSync(file, [header, ...rounds].map((line) => `${JSON.stringify(line)}\n`).join(''));
    return file;
  };
  const golden = (name: string) =>
    assertGolden(`cli/${name}.txt`, io.out.replaceAll(folder.file(), '<folder>'));

  beforeEach(() => {
    io = new FakeIo();
  });

  it('finds why the run is not faster', async () => {
    assert.equal(await trace(write('a.jsonl', planned), '--findings'), 0);
    golden('trace-findings');
  });

  it('tells every metric with its formulas', async () => {
    assert.equal(await trace(write('a.jsonl', planned), '--statistics'), 0);
    golden('trace-statistics');
  });

  it('predicts other settings, and says on what ground', async () => {
    const options = ['nodes=0', 'nodes=2', 'policy=costAware', 'depth=1,width=1,min-q=0', 'nodes=16'];
    assert.equal(await trace(write('a.jsonl', planned), ...options.flatMap((one) => ['--what-if', one])), 0);
    golden('trace-what-if');
  });

  it('compares two runs', async () => {
    assert.equal(await trace(write('a.jsonl', planned), '--compare', write('b.jsonl', other)), 0);
    golden('trace-compare');
  });

  it('gives all of it as one JSON object', async () => {
    const file = write('a.jsonl', planned);
    const all = ['--findings', '--statistics', '--what-if', 'nodes=2', '--compare', file, '--json'];
    assert.equal(await trace(file, ...all), 0);
    const answer = JSON.parse(io.out) as Record<string, unknown>;
    assert.deepEqual(Object.keys(answer), ['findings', 'statistics', 'whatIf', 'comparison', 'truncated']);
    assert.ok(!io.out.includes('null,null'));
  });

  it('says what it cannot answer', async () => {
    const plain = write('plain.jsonl', plannedRun({ text, draft: () => [] }));
    assert.equal(await trace(plain, '--what-if', 'nodes=2'), 2);
    assert.match(io.err, /plain\.jsonl does not tell what forwards of other sizes cost/);
    io = new FakeIo();
    const stranger = plannedRun({ text, draft: () => [], header: { prompt: { tokens: [1, 2], text: '' } } });
    assert.equal(await trace(plain, '--compare', write('b.jsonl', stranger)), 2);
    assert.match(io.err, /continue different prompts \(token 1 differs\)/);
    io = new FakeIo();
    assert.equal(await trace(plain, '--compare', folder.file('absent.jsonl')), 3);
    assert.match(io.err, /absent\.jsonl does not exist/);
  });

  it('says what is wrong with a change that it is asked to predict', async () => {
    const messages: Record<string, RegExp> = {
      'size=4':
        /^draftscope: --what-if must be like nodes=4,depth=4, with nodes, depth, width, min-q or policy, not "size=4"\.\n$/,
      nodes: /must be like/,
      'nodes=1=2': /must be like/,
      'nodes=65': /--what-if nodes must be a whole number from 0 to 64, not "65"/,
      'width=0': /--what-if width must be a whole number from 1 to 64/,
      'min-q=2': /--what-if min-q must be a number from 0 to 1/,
      'policy=bandit': /--what-if policy must be fixed or costAware, not "bandit"/,
    };
    for (const [changes, message] of Object.entries(messages)) {
      io = new FakeIo();
      assert.equal(await trace('none.jsonl', '--what-if', changes), 2);
      assert.match(io.err, message);
    }
  });
});
