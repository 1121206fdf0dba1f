import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drafters, findDrafter } from '../../../../src/engine/drafters/catalogue';
import { userError } from '../../../support/userError';
import { anyDrawingSettings, besides, plainSettings, toyTarget } from '../../decoding/toy';
import {
  anyBudget,
  anyText,
  budgetOf,
  checkDraft,
  commit,
  contextOf,
  emptyMemory,
  offerAfter,
  start,
} from './drafting';
import { ToyDraftModel } from './toyDraftModel';
import { ToyHead } from './toyHead';
import { speculate } from './toyLoop';

const ids = drafters.map(({ description }) => description.id);

describe('the catalogue of drafters', () => {
  it('lists each id once', () => {
    assert.deepEqual(ids, [
      'none',
      'prompt-lookup',
      'suffix',
      'token-recycling',
      'lookahead',
      'best-of',
      'draft-model',
      'staged',
      'medusa',
      'medusa+suffix',
      'hydra',
      'hydra+suffix',
      'clover',
      'clover+suffix',
      'clover2',
      'clover2+suffix',
      'eagle',
      'eagle+suffix',
    ]);
  });

  it('finds a drafter by its id and names the others when there is none', () => {
    assert.equal(findDrafter('suffix').description.name, 'Suffix decoding');
    assert.equal(findDrafter('eagle+suffix').description.name, 'EAGLE and suffix decoding');
    assert.throws(() => findDrafter('best-of+suffix'), userError('usage', /^There is no drafter named/));
    assert.throws(
      () => findDrafter('sufix'),
      userError('usage', `There is no drafter named "sufix". Choose one of: ${ids.join(', ')}.`),
    );
  });

  for (const entry of drafters) {
    const { description } = entry;
    const create = async () => entry.create(contextOf());
    describe(description.id, () => {
      it('describes itself as its entry does', async () => {
        assert.equal((await create()).description, description);
      });

      it('proposes valid drafts within the budget', () =>
        fc.assert(
          fc.asyncProperty(anyText, anyBudget, async (text, budget) => {
            checkDraft(await offerAfter(await create(), text, budget), budget);
          }),
        ));

      it('learns a text in rounds as it does from a prompt', () => {
        const anyRounds = fc.array(fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }), { maxLength: 12 });
        return fc.assert(
          fc.asyncProperty(anyText, anyRounds, anyBudget, async (prompt, rounds, budget) => {
            const drafter = await create();
            await start(drafter, prompt);
            for (const emitted of rounds) await commit(drafter, emitted);
            const tokens = [...prompt, ...rounds.flat()];
            assert.deepEqual(
              await drafter.propose({ tokens }, budget),
              await offerAfter(await create(), tokens, budget),
            );
          }),
        );
      });

      it('leaves the output as plain decoding’s, one generation after another', () =>
        fc.assert(
          fc.asyncProperty(
            fc.integer({ min: 2, max: 12 }),
            fc.nat(1000),
            // A target that forgets goes in circles, so that drafts are accepted; one that does not, rejects them.
            fc.constantFrom(1, 2, 3, Infinity),
            fc.oneof(fc.constant({ ...plainSettings, temperature: 0 }), anyDrawingSettings),
            fc.record({ nodes: fc.nat(16), depth: fc.nat(8) }),
            async (vocabulary, seed, reach, settings, size) => {
              const whole = toyTarget(vocabulary, seed);
              const target = (context: readonly number[]) => whole(context.slice(-reach));
              const memory = emptyMemory();
              const near = besides(target, toyTarget(vocabulary, seed + 1));
              const model = new ToyDraftModel(near, vocabulary);
              const head = new ToyHead(near);
              for (const prompt of [[0, 1], [1]]) {
                const run = async (id: string, nodes: { nodes: number; depth: number }) => {
                  const drafter = await findDrafter(id).create(contextOf({ settings, model, memory, head }));
                  return speculate(drafter, target, settings, prompt, 24, nodes);
                };
                const plain = await run('none', { nodes: 0, depth: 0 });
                assert.deepEqual((await run(description.id, size)).output, plain.output);
              }
            },
          ),
          { numRuns: 60 },
        ));

      it('forgets the text before on reset', async () => {
        const drafter = await create();
        await start(drafter, [1, 2, 3, 4, 1, 2, 3]);
        const fresh = await offerAfter(await create(), [1, 2, 3], budgetOf(8));
        assert.deepEqual(await offerAfter(drafter, [1, 2, 3], budgetOf(8)), fresh);
      });

      it('proposes nothing after an empty text or within no budget', async () => {
        assert.equal((await offerAfter(await create(), [], budgetOf(8))).token.length, 0);
        assert.equal((await offerAfter(await create(), [1, 2, 1, 2, 1], budgetOf(0))).token.length, 0);
        await (await create()).dispose();
      });
    });
  }

  for (const id of ['prompt-lookup', 'suffix', 'lookahead', 'staged', 'eagle']) {
    it(`${id} fails loudly when a round was kept from it`, async () => {
      const drafter = await findDrafter(id).create(contextOf());
      await start(drafter, [1, 2]);
      await assert.rejects(
        async () => drafter.propose({ tokens: [1, 2, 3] }, budgetOf(4)),
        /knows 2 tokens of a text of 3/,
      );
    });
  }

  for (const { description } of drafters.filter(({ description }) => description.kind !== 'none')) {
    it(`${description.id} saves forwards where the target goes in circles`, async () => {
      const whole = toyTarget(32, 5);
      const target = (context: readonly number[]) => whole(context.slice(-1));
      const drafter = await findDrafter(description.id).create(
        contextOf({ model: new ToyDraftModel(target, 32), head: new ToyHead(target) }),
      );
      const settings = { ...plainSettings, temperature: 0 };
      const { rounds } = await speculate(drafter, target, settings, [7, 3], 120, { nodes: 8, depth: 8 });
      assert.ok(rounds.length <= 60, `${rounds.length} rounds`);
    });
  }
});
