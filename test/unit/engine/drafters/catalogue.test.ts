import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drafters, findDrafter } from '../../../../src/engine/drafters/catalogue';
import { userError } from '../../../support/userError';
import {
  anyBudget,
  anyText,
  budgetOf,
  checkDraft,
  commit,
  emptyMemory,
  proposalAfter,
  propose,
} from './drafting';

describe('the catalogue of drafters', () => {
  it('lists each id once', () => {
    assert.deepEqual(
      drafters.map(({ description }) => description.id),
      ['none', 'prompt-lookup', 'suffix'],
    );
  });

  it('finds a drafter by its id and names the others when there is none', () => {
    assert.equal(findDrafter('suffix').description.name, 'Suffix decoding');
    assert.throws(
      () => findDrafter('sufix'),
      userError('usage', 'There is no drafter named "sufix". Choose one of: none, prompt-lookup, suffix.'),
    );
  });

  for (const entry of drafters) {
    const { description } = entry;
    const create = () => entry.create(emptyMemory());
    describe(description.id, () => {
      it('describes itself as its entry does', () => {
        assert.equal(create().description, description);
      });

      it('proposes valid drafts within the budget', () => {
        fc.assert(
          fc.property(anyText, anyBudget, (text, budget) => {
            checkDraft(proposalAfter(create(), text, budget), budget);
          }),
        );
      });

      it('learns a text in rounds as it does from a prompt', () => {
        const anyRounds = fc.array(fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }), { maxLength: 12 });
        fc.assert(
          fc.property(anyText, anyRounds, anyBudget, (prompt, rounds, budget) => {
            const drafter = create();
            void drafter.reset(prompt);
            for (const emitted of rounds) commit(drafter, emitted);
            const text = [...prompt, ...rounds.flat()];
            assert.deepEqual(propose(drafter, text, budget), proposalAfter(create(), text, budget));
          }),
        );
      });

      it('forgets the text before on reset', () => {
        const drafter = create();
        void drafter.reset([1, 2, 3, 4, 1, 2, 3]);
        const fresh = proposalAfter(create(), [1, 2, 3], budgetOf(8));
        assert.deepEqual(proposalAfter(drafter, [1, 2, 3], budgetOf(8)), fresh);
      });

      it('proposes nothing after an empty text or within no budget', () => {
        assert.equal(proposalAfter(create(), [], budgetOf(8)).token.length, 0);
        assert.equal(proposalAfter(create(), [1, 2, 1, 2, 1], budgetOf(0)).token.length, 0);
        void create().dispose();
      });
    });
  }

  for (const id of ['prompt-lookup', 'suffix']) {
    it(`${id} fails loudly when a round was kept from it`, () => {
      const drafter = findDrafter(id).create(emptyMemory());
      void drafter.reset([1, 2]);
      assert.throws(() => propose(drafter, [1, 2, 3], budgetOf(4)), /knows 2 tokens of a text of 3/);
    });
  }
});
