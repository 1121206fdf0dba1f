import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Engine, type GenerationResult } from '../../../../src/engine/engine';
import { shippedDraftModel, shippedHead } from '../../../../src/engine/heads/openHead';
import { headKindSchema } from '../../../../src/models/heads/card';
import { DRAFT_MODEL_CARD, readDraftModelCard } from '../../../../src/models/heads/draftModelFolder';
import { openHeadFolder } from '../../../../src/models/heads/headFolder';
import { DEFAULT_MODEL } from '../../../../src/models/open';
import { defaultModel } from '../../../support/defaultModel';
import { repositoryRoot } from '../../../support/repository';

/** What the heads may take together, in a repository that everybody clones, and what the draft model may beside them. */
const MOST_BYTES = { heads: 40e6, draftModel: 20e6 };

describe('the heads that come with the program', function () {
  this.timeout(300_000);
  const kinds = headKindSchema.options;

  describe('are for the default model', () => {
    const model = defaultModel();

    for (const kind of kinds) {
      it(`${kind}, whole, and better the more it may guess`, async () => {
        const folder = await shippedHead(kind, model());
        assert.ok(folder !== null);
        const { card } = await openHeadFolder(folder, kind, model());
        assert.ok(card.hitRate !== undefined && card.hitRate.length === card.levels);
        for (const ranks of card.hitRate) {
          assert.ok(ranks[0] > 0);
          assert.deepEqual(
            ranks,
            [...ranks].sort((a, b) => a - b),
          );
        }
      });
    }

    it('with a draft model that learnt from the same tokens', async () => {
      const folder = await shippedDraftModel(model());
      assert.ok(folder !== null);
      const { card } = await readDraftModelCard(path.join(folder, DRAFT_MODEL_CARD));
      const head = await shippedHead('eagle', model());
      assert.ok(head !== null);
      const { training } = (await openHeadFolder(head, 'eagle', model())).card;
      assert.equal(card.training?.tokens, training?.tokens);
    });

    it('trained alike: on the same tokens, for as many steps', async () => {
      const trained = new Set<string>();
      for (const kind of kinds) {
        const folder = await shippedHead(kind, model());
        assert.ok(folder !== null);
        trained.add(JSON.stringify((await openHeadFolder(folder, kind, model())).card.training));
      }
      assert.equal(trained.size, 1);
    });
  });

  it('are small enough to be cloned with the rest', () => {
    const folder = path.join(repositoryRoot, 'media', 'heads');
    const sizes = { heads: 0, draftModel: 0 };
    for (const found of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!found.isFile()) continue;
      const { size } = fs.statSync(path.join(found.parentPath, found.name));
      sizes[found.name.startsWith('draft-model') ? 'draftModel' : 'heads'] += size;
    }
    assert.ok(sizes.draftModel > 0);
    assert.ok(sizes.heads <= MOST_BYTES.heads, `${sizes.heads} bytes`);
    assert.ok(sizes.draftModel <= MOST_BYTES.draftModel, `${sizes.draftModel} bytes`);
  });

  describe('speculate', () => {
    let engine: Engine;
    let plain: GenerationResult;

    before(async () => {
      engine = await Engine.load({ model: DEFAULT_MODEL, weights: 'fp32', provider: 'cpu', threads: 0 });
      plain = await run('none');
    });
    after(() => engine.dispose());

    const run = (drafter: string) =>
      engine.generate({
        input: { kind: 'prompt', text: 'Write a short story about a lighthouse keeper and her dog.' },
        drafter,
        sampler: { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 1 },
        budget: { policy: 'fixed', nodes: 8, depth: 4 },
        maxTokens: 48,
        stop: [],
        trace: null,
      });

    for (const kind of [...kinds, 'draft-model', 'staged']) {
      it(`with ${kind}: the same tokens in fewer rounds`, async () => {
        const { tokens, summary } = await run(kind);
        assert.deepEqual(tokens, plain.tokens);
        assert.ok(
          summary.rounds < plain.summary.rounds,
          `${summary.rounds} rounds for ${summary.tokens} tokens`,
        );
      });
    }
  });
});
