import assert from 'node:assert/strict';
import fs from 'node:fs';
import { run } from '../../../src/cli/run';
import { UserError } from '../../../src/errors';
import { FakeEngine } from '../../support/fakeEngine';
import { FakeIo } from '../../support/fakeIo';
import { sampleTrace } from '../../support/sampleTrace';
import { temporaryFolder } from '../../support/temporaryFolder';

describe('generate', () => {
  const folder = temporaryFolder();
  let engine: FakeEngine;
  let io: FakeIo;
  const generate = (...options: string[]) => run(['generate', ...options], io, engine.load);
  /** The one JSON object on stdout. */
  const printed = () => JSON.parse(io.out) as Record<string, unknown>;

  beforeEach(() => {
    engine = new FakeEngine();
    io = new FakeIo();
  });

  it('asks for the documented defaults', async () => {
    assert.equal(await generate('--prompt', 'Hi'), 0);
    assert.deepEqual(engine.modelRequest, {
      model: 'default',
      weights: 'file',
      provider: 'auto',
      threads: 0,
      drafter: 'suffix',
    });
    assert.deepEqual(engine.request, {
      input: { kind: 'prompt', text: 'Hi' },
      drafter: 'suffix',
      headTree: 'dynamic',
      acceptance: 'auto',
      sampler: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 },
      maxTokens: 256,
      stop: [],
      budget: { policy: 'fixed', nodes: 8, depth: 8 },
      trace: null,
    });
    assert.equal(engine.disposed, 1);
  });

  it('asks for what the options say', async () => {
    const trace = folder.file('run.spectrace.jsonl');
    // prettier-ignore
    assert.equal(await generate('--prompt', 'Hi', '--raw', '--model', 'm.gguf', '--weights', 'int8', '--provider', 'webgpu', '--threads', '3',
      '--drafter', 'staged', '--draft-model', 'd.gguf', '--head', 'h', '--head-tree', 'static', '--acceptance', 'block', '--nodes', '4', '--depth', '2', '--temperature', '0.8', '--top-k', '40',
      '--top-p', '0.9', '--min-p', '0.05', '--repetition-penalty', '1.1', '--seed', '4294967295',
      '--max-tokens', '12', '--stop', 'a', '--stop', '\n\n', '--trace', trace), 0);
    assert.deepEqual(engine.modelRequest, {
      model: 'm.gguf',
      weights: 'int8',
      provider: 'webgpu',
      threads: 3,
      drafter: 'staged',
    });
    assert.deepEqual(engine.request, {
      input: { kind: 'raw', text: 'Hi' },
      drafter: 'staged',
      draftModel: 'd.gguf',
      head: 'h',
      headTree: 'static',
      acceptance: 'block',
      sampler: {
        temperature: 0.8,
        topK: 40,
        topP: 0.9,
        minP: 0.05,
        repetitionPenalty: 1.1,
        seed: 4294967295,
      },
      maxTokens: 12,
      stop: ['a', '\n\n'],
      budget: { policy: 'fixed', nodes: 4, depth: 2 },
      trace,
    });
  });

  it('takes the prompt from a file, from the standard input, or from a conversation', async () => {
    const file = folder.file('prompt.txt');
    fs.writeFileSync(file, 'Grüße\n');
    await generate('--prompt-file', file);
    assert.deepEqual(engine.request?.input, { kind: 'prompt', text: 'Grüße\n' });

    io = new FakeIo(false, 'from stdin');
    await generate('--prompt-file', '-', '--raw');
    assert.deepEqual(engine.request?.input, { kind: 'raw', text: 'from stdin' });

    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    for (const content of [messages, { messages, model: 'ignored' }]) {
      fs.writeFileSync(file, JSON.stringify(content));
      await generate('--chat', file);
      assert.deepEqual(engine.request?.input, { kind: 'chat', messages });
    }
  });

  it('takes white space as a raw prompt', async () => {
    assert.equal(await generate('--raw', '--prompt', '\n'), 0);
    assert.deepEqual(engine.request?.input, { kind: 'raw', text: '\n' });
  });

  it('writes the text as it comes, and a statistic on stderr', async () => {
    const seen: string[] = [];
    engine.beforeRound = () => seen.push(io.out);
    assert.equal(await generate('--prompt', 'Hi'), 0);
    assert.deepEqual(seen, ['', ' four', ' four five🌱', ' four five🌱One']);
    assert.equal(io.out, ' four five🌱One six two\n');
    assert.equal(
      io.err,
      'Loading the sample\n' +
        '8 tokens at 503.1 tokens/s, acceptance length 2.00 (4 rounds, suffix, file weights, cpu); ' +
        'finish reason stop.\n',
    );
  });

  it('writes one JSON object with --json, and nothing else on stdout', async () => {
    assert.equal(await generate('--prompt', 'Hi', '--json'), 0);
    assert.equal(io.out.indexOf('\n'), io.out.length - 1);
    const { header } = sampleTrace();
    assert.deepEqual(printed(), {
      promptTokens: [1, 10, 11, 12],
      tokens: [13, 14, 15, 16, 10, 17, 11, 2],
      text: ' four five🌱One six two',
      finishReason: 'stop',
      rounds: 4,
      acceptanceLength: 2,
      tokensPerSecond: 8e6 / 15_900.25,
      drafter: 'suffix',
      weights: 'file',
      provider: 'cpu',
      model: 'default',
      modelName: 'Sample-1M-Instruct Q4_1',
      modelFiles: header.model.files,
      threads: 2,
      acceptance: { rule: 'sampled', lossless: true },
      sampler: header.sampler,
      drafted: 10,
      accepted: 5,
      t_us: { prefill: 5000, draft: 350.5, verify: 14_000, sample: 1100, commit: 200, total: 15_900.25 },
    });
  });

  it('ends after the running round when it is interrupted, with what it has', async () => {
    engine.beforeRound = (index) => {
      if (index === 2) io.interrupt();
    };
    assert.equal(await generate('--prompt', 'Hi', '--json'), 130);
    assert.equal(printed().finishReason, 'cancelled');
    assert.equal(printed().text, ' four five🌱');
    assert.deepEqual(printed().tokens, [13, 14, 15, 16]);
    assert.match(io.err, /Stopping after the round that runs/);
    assert.equal(engine.disposed, 1);

    io = new FakeIo();
    assert.equal(await generate('--prompt', 'Hi'), 130);
    assert.equal(io.out, ' four five🌱\n');
    assert.match(io.err, /finish reason cancelled\.\n$/);
  });

  it('has no rates to show when it is interrupted before its first round', async () => {
    engine.beforeRound = () => io.interrupt();
    assert.equal(await generate('--prompt', 'Hi'), 130);
    assert.match(io.err, /\n0 tokens \(0 rounds, suffix, file weights, cpu\); finish reason cancelled\.\n$/);
  });

  it('gives the text although the trace could not be written, and says so', async () => {
    engine.result = { traceProblem: new UserError('disk', 'There is no space left.', 'Free some space.') };
    assert.equal(await generate('--prompt', 'Hi', '--trace', folder.file('t.spectrace.jsonl')), 1);
    assert.equal(io.out, ' four five🌱One six two\n');
    assert.match(io.err, /\ndraftscope: There is no space left\. Free some space\.\n$/);
  });

  it('refuses to write a trace over a file, before it loads anything', async () => {
    const trace = folder.file('run.spectrace.jsonl');
    fs.writeFileSync(trace, 'mine');
    assert.equal(await generate('--prompt', 'Hi', '--trace', trace), 2);
    assert.equal(engine.modelRequest, null);
    assert.equal(
      io.err,
      `draftscope: ${trace} exists already. Choose another name for --trace, or add --replace, which keeps the ` +
        'earlier file under another name.\n',
    );
    assert.equal(fs.readFileSync(trace, 'utf8'), 'mine');
  });

  it('refuses an acceptance rule that the drafter or the temperature does not suit, before it loads anything', async () => {
    const draws = ['--temperature', '1'];
    assert.equal(
      await generate('--prompt', 'Hi', '--acceptance', 'block', '--drafter', 'suffix', ...draws),
      2,
    );
    assert.match(
      io.err,
      /^draftscope: The acceptance rule block needs the law that drafted tokens were drawn/,
    );
    io = new FakeIo();
    assert.equal(await generate('--prompt', 'Hi', '--acceptance', 'block', '--drafter', 'staged'), 2);
    assert.match(io.err, /^draftscope: .*temperature/);
    assert.equal(engine.modelRequest, null);
  });

  it('keeps the earlier trace under another name with --replace', async () => {
    const trace = folder.file('run.spectrace.jsonl');
    fs.writeFileSync(trace, 'mine');
    assert.equal(await generate('--prompt', 'Hi', '--trace', trace, '--replace'), 0);
    const kept = folder.file('run.1.spectrace.jsonl');
    assert.equal(fs.readFileSync(kept, 'utf8'), 'mine');
    assert.ok(io.err.includes(`The earlier trace is now ${kept}.\n`));
    assert.ok(io.err.endsWith(`The trace is in ${trace}.\n`));
  });

  it('rewrites one line of progress in a terminal, and leaves none behind', async () => {
    io = new FakeIo(true);
    await generate('--prompt', 'Hi');
    assert.ok(
      io.err.startsWith('\r\x1b[2KLoading the sample\r\x1b[2KReading the prompt: 100 %\r\x1b[2K8 tokens'),
    );
  });
});
