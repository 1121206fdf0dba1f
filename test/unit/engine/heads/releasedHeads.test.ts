import assert from 'node:assert/strict';
import path from 'node:path';
import { convertedWeights } from '../../../../src/engine/convert';
import type { ConvertedWeights } from '../../../../src/engine/convertedWeights';
import { findDrafter } from '../../../../src/engine/drafters/catalogue';
import { Engine } from '../../../../src/engine/engine';
import type { Guesses, Head } from '../../../../src/engine/heads/head';
import { openHead } from '../../../../src/engine/heads/openHead';
import type { HeadKind } from '../../../../src/models/heads/card';
import type { Model } from '../../../../src/models/model';
import { openModel } from '../../../../src/models/open';
import type { GenerationRequest } from '../../../../src/protocol/engine';
import { writeFiles } from '../../../support/huggingFaceFiles';
import { randomHeads } from '../../../support/randomHeads';
import { temporaryCache } from '../../../support/temporaryCache';
import { temporaryFolder } from '../../../support/temporaryFolder';
import { mulberry32 } from '../../../support/tinyModel';
import { contextOf } from '../drafters/drafting';

const TARGET = path.join('test', 'golden', 'heads', 'target');
const noProgress = () => undefined;

const RELEASED: readonly (readonly [name: string, kind: HeadKind])[] = [
  ['medusa', 'medusa'],
  ['hydra-plus', 'hydra'],
  ['eagle', 'eagle'],
  ['eagle3', 'eagle'],
];

describe('a released head', function () {
  this.timeout(60_000);
  temporaryCache();
  const temporary = temporaryFolder();
  let engine: Engine;
  let model: Model;
  let weights: ConvertedWeights;

  before(async () => {
    engine = await Engine.load({ model: TARGET, weights: 'fp32', provider: 'cpu', threads: 1 });
    model = await openModel(TARGET);
    weights = await convertedWeights(model, 'fp32', noProgress);
  });
  after(async () => {
    await engine.dispose();
    await model.close();
  });

  const released = (name: string) => writeFiles(temporary.file(name), randomHeads[name](model.config));

  const generate = (change: Partial<GenerationRequest>) =>
    engine.generate({
      input: { kind: 'prompt', text: 'abcabcab' },
      drafter: 'none',
      sampler: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 4 },
      maxTokens: 24,
      stop: [],
      budget: { policy: 'fixed', nodes: 6, depth: 3 },
      trace: null,
      ...change,
    });

  for (const [name, drafter] of RELEASED) {
    it(`of ${name} drafts as it was downloaded, and the text stays the target's`, async () => {
      const head = released(name);
      for (const temperature of [0, 0.8]) {
        const sampler = { temperature, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 4 };
        const plain = await generate({ sampler });
        const drafted = await generate({ sampler, drafter, head });
        assert.deepEqual(drafted.tokens, plain.tokens);
        assert.equal(drafted.header.drafter.head?.folder, head);
        assert.ok(drafted.summary.drafted > 0);
      }
    });
  }

  /** The head's guesses after the root, and after the best of them. */
  async function guesses(head: Head): Promise<readonly (readonly number[])[]> {
    const first = await head.first();
    assert.ok(first !== null);
    const second = await head.next([{ token: first.topToken[0], parent: -1 }]);
    const numbers = ({ topToken, topProbability }: Guesses) =>
      [...topToken, ...topProbability].map((number) => Number(number.toPrecision(4)));
    return [numbers(first), numbers(second)];
  }

  for (const [name, kind] of RELEASED) {
    it(`of ${name} guesses the same however the text came`, async () => {
      const folder = released(name);
      let head: Head | null = null;
      await findDrafter(kind).create({
        ...contextOf(),
        async openHead(_, load) {
          const place = { model, weights, threads: 1 };
          ({ head } = await openHead({ kind, folder, load }, place, { onProgress: noProgress }));
          return head;
        },
      });
      const opened = head as Head | null;
      assert.ok(opened !== null);
      const text = [5, 17, 3, 88, 41, 41, 9, 60, 2, 33];
      const width = model.config.hiddenSize * opened.reads.length;
      const random = mulberry32(3);
      const states = Float32Array.from({ length: text.length * width }, () => random() - 0.5);
      const between = (from: number, to: number) => states.slice(from * width, to * width);

      const kept = opened.begin(text);
      await opened.append(between(kept, text.length - 1));
      const atOnce = await guesses(opened);
      await opened.append(between(opened.begin(text.slice(0, 4)), 3));
      await guesses(opened);
      await opened.append(between(3, 4), text.slice(4, 5));
      await opened.append(between(4, 9), text.slice(5));
      assert.deepEqual(await guesses(opened), atOnce);
      await opened.dispose();
    });
  }
});
