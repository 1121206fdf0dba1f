import assert from 'node:assert/strict';
import { recount, summarise } from '../../../src/trace/summary';
import { sampleTrace } from '../../support/sampleTrace';

describe('the summary', () => {
  const { header, rounds } = sampleTrace();

  it('counts the sample trace as a person does', () => {
    assert.deepEqual(summarise(header, rounds, 'stop'), {
      type: 'summary',
      finishReason: 'stop',
      rounds: 4,
      promptTokens: 4,
      tokens: 8,
      acceptanceLength: 2,
      tokensPerSecond: 8e6 / 15_900.25,
      drafted: 10,
      accepted: 5,
      rejected: 2,
      notReached: 2,
      pruned: 1,
      bonus: 2,
      corrections: 1,
      byDepth: [
        { proposed: 3, accepted: 3 },
        { proposed: 3, accepted: 2 },
        { proposed: 1, accepted: 0 },
      ],
      t_us: { prefill: 5000, draft: 350.5, verify: 14_000, sample: 1100, commit: 200, total: 15_900.25 },
    });
  });

  it('adds up what moved to and from a device, and names the round in which it failed', () => {
    const moves = [
      { to_device: 100, from_device: 10 },
      { to_device: 20, from_device: 3 },
    ];
    const fallback = { from: 'webgpu', to: 'cpu', reason: 'device lost' };
    const [first, second, third, fourth] = rounds;
    const onDevice = [
      { ...first, moved: moves[0] },
      { ...second, moved: moves[1] },
      { ...third, fallback },
      fourth,
    ];
    const { moved, fallback: found } = recount(header, onDevice);
    assert.deepEqual(moved, { to_device: 120, from_device: 13 });
    assert.deepEqual(found, { round: 2, ...fallback });
    const onHost = recount(header, rounds);
    assert.ok(!('moved' in onHost) && !('fallback' in onHost));
  });

  it('of no round has no rates', () => {
    const none = recount(header, []);
    assert.equal(none.acceptanceLength, null);
    assert.equal(none.tokensPerSecond, null);
    assert.equal(none.finishReason, null);
    assert.equal(none.tokens, 0);
  });
});
