import assert from 'node:assert/strict';
import { acceptanceRules } from '../../../src/decoding/acceptance';
import { fixedPolicy } from '../../../src/decoding/budget';
import { createSampler } from '../../../src/decoding/sampling';
import { convertedWeights } from '../../../src/engine/convert';
import type { ConvertedWeights } from '../../../src/engine/convertedWeights';
import { LoadedDraftModel } from '../../../src/engine/draftModel';
import { draftModel } from '../../../src/engine/drafters/draftModelDrafter';
import { DrafterMemory } from '../../../src/engine/drafters/memory';
import { staged } from '../../../src/engine/drafters/staged';
import { generate } from '../../../src/engine/generate';
import { HostDecoder } from '../../../src/engine/hostDecoder';
import { trafficSince, type Traffic } from '../../../src/engine/kvDecoder';
import type { openDecoder } from '../../../src/engine/providers';
import { roundRecord } from '../../../src/engine/roundRecord';
import { Sequence } from '../../../src/engine/sequence';
import { Target } from '../../../src/engine/target';
import { TextStream } from '../../../src/engine/textStream';
import type { Round } from '../../../src/trace/schema';
import { temporaryCache } from '../../support/temporaryCache';
import { TINY, tinyModel } from '../../support/tinyModel';

const PROMPT = [3, 7, 11, 3, 7, 11, 3];
/** What each forward sends, so that a sum tells how many forwards of each model were in it. */
const OF_TARGET = 1;
const OF_DRAFT_MODEL = 1000;

describe('what moves to and from a device', () => {
  temporaryCache();
  const model = tinyModel({ embedding: 'F32', linear: () => 'F32' });
  let weights: ConvertedWeights;
  before(async () => {
    weights = await convertedWeights(model, 'fp32', () => undefined);
  });

  /** The CPU, counted as a device to which each forward sends so much, and from which it fetches twice that. */
  const openCounting =
    (bytes: number): typeof openDecoder =>
    async (converted, _provider, threads) => {
      const decoder = await HostDecoder.open(converted, 'cpu', threads);
      const forward = decoder.forward.bind(decoder);
      let forwards = 0;
      decoder.forward = (...args) => {
        forwards++;
        return forward(...args);
      };
      const traffic = (): Traffic => ({ toDevice: bytes * forwards, fromDevice: 2 * bytes * forwards });
      return Object.defineProperty(decoder, 'traffic', { get: traffic });
    };

  for (const entry of [draftModel, staged]) {
    it(`is counted for the target and for the draft model of ${entry.description.id}`, async () => {
      const target = await Target.load(weights, 1, 'webgpu', { open: openCounting(OF_TARGET) });
      const draft = await LoadedDraftModel.load(
        { id: 'layers:2', name: 'tiny', files: [], layers: 2 },
        ...[weights, TINY.vocabulary],
        { provider: 'webgpu', threads: 1, fallsBack: false },
        openCounting(OF_DRAFT_MODEL),
      );
      const settings = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 5 };
      const sampler = createSampler(settings);
      const drafter = await entry.create({
        memory: new DrafterMemory(TINY.vocabulary),
        sampler,
        demand: 'any',
        trees: true,
        openDraftModel: () => Promise.resolve(draft),
        openHead: () => Promise.reject(new Error('a draft model needs no head')),
        headTree: 'dynamic',
      });
      const limits = { maxTokens: 12, context: TINY.context, endTokens: [] };
      const sequence = new Sequence(PROMPT, limits, new TextStream(model.tokenizer, []));
      await target.prefill(PROMPT, () => undefined);
      await drafter.reset(PROMPT);
      const rounds: Round[] = [];
      const policy = fixedPolicy({ nodes: 4, depth: 2 });
      await generate(
        { target, drafter, policy, acceptance: acceptanceRules.sampled, sampler, sequence, clock: () => 0 },
        { drafted: () => undefined, round: (result) => rounds.push(roundRecord(result, model.tokenizer)) },
      );
      for (const { moved, budget } of rounds) {
        const sent = moved!.to_device;
        assert.equal(moved!.from_device, 2 * sent);
        assert.equal(sent % OF_DRAFT_MODEL, OF_TARGET);
        const drafting = Math.floor(sent / OF_DRAFT_MODEL);
        assert.ok(drafting <= 2 && drafting > 0 === budget.nodes > 0, `${drafting} forwards`);
      }
      assert.ok(rounds[0].moved!.to_device > OF_DRAFT_MODEL);
      for (const loaded of [target, draft]) await loaded.dispose();
    });
  }

  it('is nothing where nobody counts, and what the others moved where one stopped counting', () => {
    const [none, some, more] = [null, { toDevice: 1, fromDevice: 2 }, { toDevice: 5, fromDevice: 8 }];
    assert.equal(trafficSince([none, none], [none, none]), null);
    assert.deepEqual(trafficSince([some, some], [more, none]), { toDevice: 4, fromDevice: 6 });
    assert.deepEqual(trafficSince([none, some], [none, more]), { toDevice: 4, fromDevice: 6 });
  });
});
