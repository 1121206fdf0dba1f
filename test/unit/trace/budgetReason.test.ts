import assert from 'node:assert/strict';
import german from '../../../l10n/bundle.l10n.de.json';
import { because, reasonText, type Reason, type ReasonCode } from '../../../src/decoding/reason';
import { speak } from '../../../src/l10n';
import { budgetReason } from '../../../src/trace/budgetReason';

/** One of each. */
const REASONS: { readonly [T in ReasonCode]: Reason } = {
  notAsked: because('notAsked'),
  noRoom: because('noRoom'),
  room: because('room', 3),
  asked: because('asked', 8),
  chain: because('chain', 'webgpu'),
  whole: because('whole', 'multiRound'),
  noneFits: because('noneFits'),
  payingPart: because('payingPart', 12),
  tryDrafting: because('tryDrafting'),
  draftingDoesNotPay: because('draftingDoesNotPay'),
  depthPays: because('depthPays', 4),
  nothingOffered: because('nothingOffered'),
  partPays: because('partPays', 3, 8, 2.30444, 1.5),
  trySize: because('trySize', 8),
  noSizePays: because('noSizePays'),
  sizePays: because('sizePays', 4, 2.5, 1.25),
  resting: because('resting', 2, 3),
  bestLength: because('bestLength', 4),
  triedLength: because('triedLength', 5, 4),
};

const told = (...why: Reason[]) =>
  budgetReason({
    reason: 'as recorded',
    why: why.map(({ code, values }) => ({ code, values: [...values] })),
  });

describe('why a budget is what it is', () => {
  afterEach(() => speak(null));

  it('reads in English as the trace records it in English', () => {
    for (const [code, reason] of Object.entries(REASONS)) {
      assert.equal(reason.code, code);
      assert.equal(told(reason), reasonText([reason]));
    }
    assert.equal(told(because('asked', 1)), '1 node asked for in the settings');
    assert.equal(
      told(REASONS.payingPart, REASONS.chain),
      'at most 12 nodes, of which those that pay are verified; cut to a chain: webgpu verifies no trees',
    );
  });

  it('reads in the user’s language, its numbers too', () => {
    speak(german, 'de');
    for (const reason of Object.values(REASONS)) assert.notEqual(told(reason), reasonText([reason]));
    assert.match(told(REASONS.partPays), /^3 von 8 .* 2,30 .* 1,50/);
  });

  it('is what the trace says where it has no codes, or some that are not known', () => {
    assert.equal(budgetReason({ reason: 'as recorded' }), 'as recorded');
    assert.equal(told(), 'as recorded');
    assert.equal(budgetReason({ reason: 'r', why: [{ code: 'toString', values: [] }] }), 'r');
    assert.equal(
      budgetReason({
        reason: 'r',
        why: [
          { code: 'asked', values: [8] },
          { code: 'later', values: [] },
        ],
      }),
      'r',
    );
    assert.equal(budgetReason({ reason: 'r', why: [{ code: 'asked', values: [] }] }), 'r');
  });
});
