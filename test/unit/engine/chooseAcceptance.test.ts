import assert from 'node:assert/strict';
import { chooseAcceptance } from '../../../src/engine/chooseAcceptance';
import { findDrafter } from '../../../src/engine/drafters/catalogue';
import { userError } from '../../support/userError';
import { plainSettings } from '../decoding/toy';

const greedy = { ...plainSettings, temperature: 0 };
const choose = (choice: Parameters<typeof chooseAcceptance>[0], drafter: string, settings = plainSettings) =>
  chooseAcceptance(choice, settings, findDrafter(drafter).description).id;

describe('the acceptance rule', () => {
  it('is greedy or sampled by itself, by the temperature, for every drafter', () => {
    assert.equal(choose('auto', 'suffix', greedy), 'greedy');
    assert.equal(choose('auto', 'draft-model'), 'sampled');
    assert.equal(choose('sampled', 'suffix', greedy), 'sampled');
  });

  for (const rule of ['speculativeSampling', 'multiRound', 'block'] as const) {
    it(`${rule} is for drafters that draw, and for none`, () => {
      for (const drafter of ['draft-model', 'staged', 'none']) assert.equal(choose(rule, drafter), rule);
      assert.throws(
        () => choose(rule, 'suffix'),
        userError(
          'usage',
          `The acceptance rule ${rule} needs the law that drafted tokens were drawn from, and Suffix decoding draws none. ` +
            'Choose the drafter draft-model or staged, or the rule auto.',
        ),
      );
      assert.throws(
        () => choose(rule, 'draft-model', greedy),
        userError(
          'usage',
          /at temperature 0 nothing is drawn\. Raise temperature or choose the rule auto\.$/,
        ),
      );
    });
  }
});
