import assert from 'node:assert/strict';
import { acceptanceRules } from '../../../src/decoding/acceptance';
import { fixedPolicy } from '../../../src/decoding/budget';
import { createSampler } from '../../../src/decoding/sampling';
import { convertedWeights } from '../../../src/engine/convert';
import { tokenRecycling } from '../../../src/engine/drafters/tokenRecycling';
import { DrafterMemory } from '../../../src/engine/drafters/memory';
import { generate } from '../../../src/engine/generate';
import { HostDecoder } from '../../../src/engine/hostDecoder';
import { roundRecord } from '../../../src/engine/roundRecord';
import { Sequence } from '../../../src/engine/sequence';
import { Target } from '../../../src/engine/target';
import { TextStream } from '../../../src/engine/textStream';
import type { Provider } from '../../../src/protocol/engine';
import type { Round } from '../../../src/trace/schema';
import { temporaryCache } from '../../support/temporaryCache';
import { TINY, tinyModel } from '../../support/tinyModel';

const PROMPT = [3, 7, 11, 3, 7, 11, 3];
const WORKS = 6;

describe('a provider that fails in the middle of a generation', () => {
  temporaryCache();
  const model = tinyModel({ embedding: 'F32', linear: () => 'F32' });
  let opened: Provider[];
  beforeEach(() => (opened = []));

  /** The CPU under another name, whose device is lost after some forwards. */
  async function open(...[weights, provider, threads]: Parameters<typeof HostDecoder.open>) {
    opened.push(provider);
    const decoder = await HostDecoder.open(weights, 'cpu', threads);
    if (provider === 'cpu') return decoder;
    const forward = decoder.forward.bind(decoder);
    let forwards = 0;
    decoder.forward = (...args) =>
      forwards++ < WORKS ? forward(...args) : Promise.reject(new Error('Device lost.'));
    return decoder;
  }

  async function run(target: Target): Promise<{ tokens: number[]; rounds: Round[] }> {
    const limits = { maxTokens: 24, context: TINY.context, endTokens: [] };
    const sequence = new Sequence(PROMPT, limits, new TextStream(model.tokenizer, []));
    const sampler = createSampler({
      ...{ temperature: 0.8, topK: 0, topP: 1, minP: 0 },
      ...{ repetitionPenalty: 1, seed: 5 },
    });
    const drafter = tokenRecycling.create({
      memory: new DrafterMemory(TINY.vocabulary),
      sampler,
      demand: 'any',
      trees: true,
      openDraftModel: () => Promise.reject(new Error('token recycling needs no draft model')),
      openHead: () => Promise.reject(new Error('token recycling needs no head')),
      headTree: 'dynamic',
    });
    const rounds: Round[] = [];
    await target.prefill(PROMPT, () => undefined);
    drafter.reset(PROMPT);
    const policy = fixedPolicy({ nodes: 6, depth: 3 });
    await generate(
      { target, drafter, policy, acceptance: acceptanceRules.sampled, sampler, sequence, clock: () => 0 },
      { drafted: () => undefined, round: (result) => rounds.push(roundRecord(result, model.tokenizer)) },
    );
    drafter.dispose();
    return { tokens: sequence.output, rounds };
  }

  it('leaves the text to the CPU, token for token, and the round says why', async () => {
    const weights = await convertedWeights(model, 'fp32', () => undefined);
    const plain = await Target.load(weights, 1);
    const failing = await Target.load(weights, 1, 'webgpu', { fallsBack: true, open });
    const [expected, actual] = [await run(plain), await run(failing)];
    assert.deepEqual(actual.tokens, expected.tokens);
    const fallback = { from: 'webgpu', to: 'cpu', reason: 'Device lost' };
    // The prompt was one forward, each round is one.
    assert.deepEqual(
      actual.rounds.map((round) => round.fallback),
      expected.rounds.map((_, index) => (index === WORKS - 1 ? fallback : undefined)),
    );
    assert.deepEqual(opened, ['webgpu', 'cpu']);
    assert.equal(failing.provider, 'cpu');
    // The next one runs where the first one ended.
    assert.deepEqual((await run(failing)).tokens, expected.tokens);
    for (const target of [plain, failing]) await target.dispose();
  });

  it('ends the text with a sentence when it was asked for by name, and the rounds before stay', async () => {
    const weights = await convertedWeights(model, 'fp32', () => undefined);
    const failing = await Target.load(weights, 1, 'webgpu', { open });
    await assert.rejects(run(failing), /^UserError: WebGPU failed after \d+ tokens of text: Device lost\./);
    assert.deepEqual(opened, ['webgpu']);
    await failing.dispose();
  });
});
