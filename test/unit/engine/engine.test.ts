import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { compareDrafters } from '../../../bench/equality';
import { devQuestions } from '../../../bench/questions';
import { Engine, type GenerationEvent } from '../../../src/engine/engine';
import { UserError } from '../../../src/errors';
import type { GenerationRequest } from '../../../src/protocol/engine';
import { readTrace } from '../../../src/trace/reader';
import { repositoryRoot } from '../../support/repository';
import { temporaryFolder } from '../../support/temporaryFolder';

const base: GenerationRequest = {
  input: { kind: 'prompt', text: 'Write the numbers from one to twenty in words, separated by commas.' },
  drafter: 'suffix',
  sampler: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 3 },
  maxTokens: 48,
  stop: [],
  budget: { policy: 'fixed', nodes: 8, depth: 8 },
  trace: null,
};

/** The engine with the default model: what a user runs, without an editor. */
describe('the engine', function () {
  this.timeout(600_000);
  const folder = temporaryFolder();
  let engine: Engine;

  before(async () => {
    engine = await Engine.load({ model: 'default', weights: 'fp32', provider: 'cpu', threads: 0 });
  });
  after(() => engine.dispose());

  const run = (
    change: Partial<GenerationRequest> = {},
    onEvent?: (event: GenerationEvent) => void,
    signal?: AbortSignal,
  ) => engine.generate({ ...base, ...change }, { onEvent, signal });

  describe('is lossless', () => {
    for (const temperature of [0, 0.8]) {
      it(`every drafter gives plain decoding's tokens at temperature ${temperature}`, async () => {
        // The whole of it, with long prompts too, is the benchmark `equality`.
        const short = (await devQuestions(repositoryRoot, 1)).filter(({ turns }) => turns[0].length < 1000);
        assert.ok(short.length >= 3);
        for (const question of short) {
          const settings = { temperature, maxTokens: 32, budget: base.budget };
          for (const { drafter, mismatch } of await compareDrafters(engine, question, settings)) {
            assert.equal(
              mismatch,
              null,
              `${drafter}, question ${question.question_id}: ${JSON.stringify(mismatch)}`,
            );
          }
        }
      });
    }

    it('with every sampler setting at once', async () => {
      const sampler = {
        temperature: 1.2,
        topK: 40,
        topP: 0.9,
        minP: 0.02,
        repetitionPenalty: 1.15,
        seed: 99,
      };
      const plain = await run({ sampler, drafter: 'none' });
      for (const drafter of ['prompt-lookup', 'suffix']) {
        assert.deepEqual((await run({ sampler, drafter })).tokens, plain.tokens, drafter);
      }
    });

    it('and when the policy verifies only what pays', async () => {
      const plain = await run({ drafter: 'none' });
      const budget = { policy: 'costAware' as const, nodes: 16, depth: 16 };
      const { tokens, rounds } = await run({ drafter: 'prompt-lookup', budget });
      assert.deepEqual(tokens, plain.tokens);
      for (const { state, p, accepted_path } of rounds) {
        state.forEach((verdict, node) => assert.equal(p[node] === null, verdict === 'pruned'));
        assert.ok(accepted_path.every((node) => state[node] === 'accepted'));
      }
    });

    it('and when the policy looks for the size of drafts that cannot be cut, or adapts their length', async () => {
      const plain = await run({ drafter: 'none' });
      const whole = { policy: 'costAware' as const, nodes: 16, depth: 16 };
      assert.deepEqual((await run({ drafter: 'lookahead', budget: whole })).tokens, plain.tokens);
      const adaptive = { policy: 'adaptive' as const, nodes: 8, depth: 8 };
      assert.deepEqual((await run({ drafter: 'prompt-lookup', budget: adaptive })).tokens, plain.tokens);
    });

    it('and when token recycling drafts in the first round, by what the prompt has shown', async () => {
      const input = { kind: 'raw', text: 'One, two, three, four, five. One, two, three,' } as const;
      engine.clearDrafterMemory();
      const { tokens, rounds } = await run({ input, drafter: 'token-recycling' });
      assert.ok(rounds[0].token.length > 0);
      assert.ok(rounds[0].source.every((source) => source.startsWith('token-recycling:')));
      assert.deepEqual(tokens, (await run({ input, drafter: 'none' })).tokens);
    });

    it('and another seed gives another text', async () => {
      const sampler = { ...base.sampler, temperature: 1 };
      const one = await run({ sampler: { ...sampler, seed: 1 } });
      const two = await run({ sampler: { ...sampler, seed: 2 } });
      assert.notDeepEqual(one.tokens, two.tokens);
    });
  });

  it('saves forwards where the text repeats itself', async () => {
    const { summary } = await run();
    assert.ok(summary.accepted > 0);
    assert.ok(summary.rounds < summary.tokens);
  });

  it('writes a trace whose rounds add up to what it returned', async () => {
    const file = folder.file('deep', 'run.spectrace.jsonl');
    const result = await run({ trace: file, sampler: { ...base.sampler, temperature: 0.7 } });
    const trace = await readTrace(file);
    assert.equal(trace.truncated, false);
    assert.deepEqual(trace.rounds, result.rounds);
    assert.deepEqual(trace.summary, result.summary);
    assert.deepEqual(trace.header.prompt.tokens, result.promptTokens);
    assert.deepEqual(trace.header.weights_choice, {
      wanted: 'fp32',
      reason: 'as requested, by name or by default',
    });
    assert.ok(trace.header.cost!.points.every(({ us }) => us > 0));
    assert.deepEqual([...new Set(trace.header.cost!.points.map(({ past }) => past))], [128, 512]);
    assert.deepEqual(
      trace.rounds.flatMap((round) => round.emitted),
      result.tokens,
    );
    const bytes = trace.rounds.flatMap((round) =>
      round.emitted_bytes.map((text) => Buffer.from(text, 'base64')),
    );
    assert.equal(Buffer.concat(bytes).toString(), result.text);
    let before = result.promptTokens.length - 1;
    for (const { kv, accepted_path } of trace.rounds) {
      assert.equal(kv.before, before);
      assert.equal(kv.after, before + 1 + accepted_path.length);
      before = kv.after;
    }
  });

  it('drafts with the first layers of the target, and records by what each token was judged', async () => {
    const file = folder.file('drafted.spectrace.jsonl');
    const change = {
      drafter: 'draft-model',
      draftModel: 'layers:26',
      acceptance: 'multiRound' as const,
      sampler: { ...base.sampler, temperature: 0.7 },
      maxTokens: 16,
      trace: file,
    };
    const result = await run(change);
    // Reading checks each verdict against its numbers.
    const { header, rounds } = await readTrace(file);
    assert.deepEqual(rounds, result.rounds);
    assert.deepEqual(header.acceptance, { rule: 'multiRound', lossless: true });
    assert.equal(header.drafter.qIsLaw, true);
    assert.deepEqual([header.drafter.model?.id, header.drafter.model?.layers], ['layers:26', 26]);
    assert.ok(result.summary.accepted > 0);
    assert.ok(rounds.some(({ chance = [] }) => chance.some((has) => has !== null && has < 1)));
    assert.deepEqual((await run({ ...change, trace: null })).tokens, result.tokens);
  });

  it('does not touch a trace that is there already', async () => {
    const file = folder.file('kept.spectrace.jsonl');
    fs.writeFileSync(file, 'precious');
    await assert.rejects(
      run({ trace: file }),
      (error: UserError) => error.code === 'usage' && error.message.includes(file),
    );
    assert.equal(fs.readFileSync(file, 'utf8'), 'precious');
  });

  it('tells of every round as it happens, and its text adds up', async () => {
    const events: GenerationEvent[] = [];
    const result = await run({}, (event) => events.push(event));
    const rounds = events.filter((event) => event.type === 'round');
    assert.equal(events.find((event) => event.type !== 'progress')?.type, 'header');
    assert.equal(rounds.length, result.rounds.length);
    assert.equal(rounds.map((event) => event.text).join('') + result.lastText, result.text);
    for (const [at, event] of events.entries()) {
      if (event.type !== 'drafted') continue;
      const next = events[at + 1];
      assert.ok(next.type === 'round' && next.round.index === event.drafted.index);
      assert.deepEqual(next.round.text, event.drafted.text);
    }
  });

  it('ends within one round of a cancellation and keeps what was there', async () => {
    const abort = new AbortController();
    let rounds = 0;
    const file = folder.file('cancelled.spectrace.jsonl');
    const result = await run(
      { trace: file },
      (event) => {
        if (event.type === 'round' && ++rounds === 3) abort.abort();
      },
      abort.signal,
    );
    assert.equal(result.finishReason, 'cancelled');
    assert.equal(result.rounds.length, 3);
    assert.equal((await readTrace(file)).summary?.finishReason, 'cancelled');
  });

  it('stops at an end token, and counts it', async () => {
    const result = await run({
      input: { kind: 'prompt', text: 'Answer with one word: what colour is the sky?' },
      maxTokens: 200,
    });
    assert.equal(result.finishReason, 'stop');
    assert.ok(engine.model.tokenizer.endTokens.includes(result.tokens[result.tokens.length - 1]));
    assert.ok(!result.text.includes('<|im_end|>'));
  });

  it('stops at a stop string, which the text leaves out', async () => {
    const whole = await run();
    const stop = whole.text.slice(12, 17);
    const result = await run({ stop: [stop] });
    assert.equal(result.finishReason, 'stop');
    assert.equal(result.text, whole.text.slice(0, whole.text.indexOf(stop)));
    assert.deepEqual(result.tokens, whole.tokens.slice(0, result.tokens.length));
  });

  it('never passes the token limit, whatever was drafted', async () => {
    const whole = await run();
    for (const maxTokens of [1, 2, 5, 17]) {
      const result = await run({ maxTokens });
      assert.equal(result.finishReason, 'length');
      assert.deepEqual(result.tokens, whole.tokens.slice(0, maxTokens));
    }
  });

  it('keeps the keys and values of earlier turns', async () => {
    const first = await run({ maxTokens: 200 });
    const text = base.input.kind === 'prompt' ? base.input.text : '';
    const second = await run({
      input: {
        kind: 'chat',
        messages: [
          { role: 'user', content: text },
          { role: 'assistant', content: first.text },
          { role: 'user', content: 'Thank you. And backwards?' },
        ],
      },
    });
    const { reused } = second.header.prefill;
    assert.ok(reused >= first.promptTokens.length, `${reused} of ${first.promptTokens.length} kept`);
    const fresh = await Engine.load({ model: 'default', weights: 'fp32', provider: 'cpu', threads: 0 });
    try {
      const again = await fresh.generate({
        ...base,
        input: { kind: 'raw', text: second.header.prompt.text },
      });
      assert.equal(again.header.prefill.reused, 0);
      assert.deepEqual(again.tokens, second.tokens);
    } finally {
      await fresh.dispose();
    }
  });

  describe('refuses in one sentence', () => {
    const refused = async (change: Partial<GenerationRequest>, pattern: RegExp) =>
      assert.rejects(run(change), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.match(error.sentence, pattern);
        return true;
      });

    it('an empty prompt', () => refused({ input: { kind: 'prompt', text: '' } }, /prompt is empty/));
    it('a prompt longer than the context', () =>
      refused({ input: { kind: 'raw', text: 'word '.repeat(9000) } }, /context of 8192\. Shorten/));
    it('an unknown drafter, with the ones there are', () =>
      refused({ drafter: 'crystal-ball' }, /crystal-ball.*none, prompt-lookup, suffix/));
    it('a rule that the drafter cannot serve, before anything is read', () =>
      refused(
        { acceptance: 'block', sampler: { ...base.sampler, temperature: 1 } },
        /^The acceptance rule block needs .* Suffix decoding draws none\./,
      ));
    it('a sampler setting out of range', () => refused({ sampler: { ...base.sampler, topP: 0 } }, /top/i));
  });
});

describe('loading a model', () => {
  it('refuses a file that is not there', async () => {
    const missing = path.join('nowhere', 'model.gguf');
    await assert.rejects(
      Engine.load({ model: missing, weights: 'file', provider: 'cpu', threads: 0 }),
      (error: UserError) => error.code === 'bad-file' && error.message.includes(missing),
    );
  });
});
