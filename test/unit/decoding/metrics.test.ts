import assert from 'node:assert/strict';
import fc from 'fast-check';
import { acceptanceRules } from '../../../src/decoding/acceptance';
import { depthRates, measureRounds, type MeasuredRound } from '../../../src/decoding/metrics';
import { createSampler } from '../../../src/decoding/sampling';
import { anyTree, plainSettings, toyTarget, walkOnce } from './toy';

/** 100 us a round: 10, 60, 5 and 5 in its phases, 20 between them. */
const t_us = { draft: 10, verify: 60, sample: 5, commit: 5, total: 100 };

/** Two tokens accepted and a bonus, then one and a correction, then a plain step, then the end in the draft. */
const rounds: MeasuredRound[] = [
  {
    depth: [1, 1, 2],
    state: ['accepted', 'rejected', 'accepted'],
    emitted: [7, 8, 9],
    end: { kind: 'bonus' },
    t_us,
  },
  {
    depth: [1, 2, 2, 3, 4],
    state: ['accepted', 'rejected', 'rejected', 'notReached', 'pruned'],
    emitted: [7, 8],
    end: { kind: 'correction' },
    t_us,
  },
  { depth: [], state: [], emitted: [5], end: { kind: 'bonus' }, t_us },
  { depth: [1, 2], state: ['accepted', 'notReached'], emitted: [2], end: { kind: 'none' }, t_us },
  { depth: [1, 1], state: ['rejected', 'pruned'], emitted: [4], end: { kind: 'correction' }, t_us },
];

describe('measureRounds', () => {
  it('adds up rounds as a person does', () => {
    assert.deepEqual(measureRounds(rounds), {
      rounds: 5,
      tokens: 8,
      acceptanceLength: 8 / 5,
      tokensPerSecond: 8 / 500e-6,
      drafted: 12,
      accepted: 4,
      rejected: 4,
      notReached: 2,
      pruned: 2,
      bonus: 2,
      corrections: 2,
      byDepth: [
        { proposed: 4, accepted: 3 },
        { proposed: 3, accepted: 1 },
        { proposed: 1, accepted: 0 },
      ],
      t_us: { draft: 50, verify: 300, sample: 25, commit: 25, total: 500 },
    });
  });

  it('has no rates without a round, and no speed without time', () => {
    const nothing = measureRounds([]);
    assert.equal(nothing.acceptanceLength, null);
    assert.equal(nothing.tokensPerSecond, null);
    assert.deepEqual(nothing.byDepth, []);
    const timeless = measureRounds([{ ...rounds[0], t_us: { ...t_us, total: 0 } }]);
    assert.equal(timeless.tokensPerSecond, null);
  });

  it('agrees with the walks it counts', () => {
    const anyRun = fc.array(anyTree(4), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(anyRun, fc.nat(), (drafts, seed) => {
        const sampler = createSampler({ ...plainSettings, seed });
        const walks = drafts.map((draft) =>
          walkOnce(toyTarget(4, seed), acceptanceRules.sampled, sampler, draft, [1, 2]),
        );
        const metrics = measureRounds(
          walks.map((walk, i) => ({ ...walk, depth: [...drafts[i].depth], t_us })),
        );
        const accepted = walks.map((walk) => walk.acceptedPath.length);
        const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
        assert.equal(metrics.accepted, sum(accepted));
        assert.equal(metrics.tokens, metrics.accepted + metrics.bonus + metrics.corrections);
        assert.equal(metrics.drafted, sum(drafts.map((draft) => draft.token.length)));
        assert.equal(
          metrics.drafted,
          metrics.accepted + metrics.rejected + metrics.notReached + metrics.pruned,
        );
        metrics.byDepth.forEach((count, level) => {
          assert.equal(count.accepted, accepted.filter((length) => length > level).length);
          assert.equal(count.proposed, drafts.filter((draft) => draft.depth.includes(level + 1)).length);
        });
      }),
    );
  });
});

describe('depthRates', () => {
  it('divides by the rounds that got to the depth above, and by all rounds', () => {
    assert.deepEqual(depthRates(measureRounds(rounds).byDepth, 5), [
      { conditional: 3 / 5, unconditional: 3 / 5 },
      { conditional: 1 / 3, unconditional: 1 / 5 },
      { conditional: 0, unconditional: 0 },
    ]);
  });

  it('has no conditional rate below a depth that was never accepted', () => {
    const byDepth = [
      { proposed: 2, accepted: 0 },
      { proposed: 2, accepted: 0 },
    ];
    assert.deepEqual(depthRates(byDepth, 2), [
      { conditional: 0, unconditional: 0 },
      { conditional: null, unconditional: 0 },
    ]);
  });
});
