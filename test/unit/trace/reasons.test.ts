import assert from 'node:assert/strict';
import { endReason, nodeReason, wanted, type RunFacts } from '../../../src/trace/reasons';
import type { ShownRound } from '../../../src/trace/shownRound';
import { header, tell as tellTrace, type Story } from '../../support/rounds';
import { shownRounds } from '../../support/shownRounds';

const rounds = shownRounds();
const tell = (stories: readonly Story[], run = header) => shownRounds(tellTrace(stories, run));

const greedy = {
  ...header,
  acceptance: { rule: 'greedy', lossless: true },
  sampler: { ...header.sampler, temperature: 0 },
};

const node = (round: ShownRound, text: string) => round.text.indexOf(text);

describe('reasons of nodes', () => {
  it('names the token that was drawn', () => {
    assert.equal(
      nodeReason(rounds[2], node(rounds[2], ' sorted'), header),
      'rejected: the target drew "·data" (p .62)',
    );
    assert.equal(
      nodeReason(rounds[2], node(rounds[2], ' a'), header),
      'accepted: the target drew it (p .96 under the sampler)',
    );
  });

  it('names the most likely token in greedy decoding', () => {
    const [round] = tell(
      [{ guesses: [{ text: ' x', state: 'rejected' }], end: { kind: 'correction', text: ' y', p: 0.7 } }],
      greedy,
    );
    assert.equal(
      nodeReason(round, 0, greedy),
      `rejected: the target's most likely token here was "·y" (p .70)`,
    );
    const penalty = { ...greedy, sampler: { ...greedy.sampler, repetitionPenalty: 1.1 } };
    assert.match(nodeReason(round, 0, penalty), /after the repetition penalty here was "·y"/);
  });

  it('blames the sibling that was accepted', () => {
    assert.equal(
      nodeReason(rounds[1], node(rounds[1], ' data'), header),
      'rejected: the target drew "·binary" (p .91)',
    );
  });

  it('names the nearest token above that failed', () => {
    assert.equal(
      nodeReason(rounds[2], node(rounds[2], ' case'), header),
      'not reached: "·an" before it was rejected',
    );
  });

  it('knows a text that ended inside the draft', () => {
    const [round] = tell([
      {
        guesses: [{ text: 'end', state: 'accepted', children: [{ text: ' more', state: 'notReached' }] }],
        end: { kind: 'none' },
      },
    ]);
    assert.equal(nodeReason(round, 1, header), 'not reached: the text ended before it');
  });

  it('names the budget that cut a node', () => {
    assert.match(nodeReason(rounds[7], node(rounds[7], ' cut'), header), /budget of 16 nodes/);
  });

  describe('under rules that try nodes', () => {
    const tried = (rule: string, change: Partial<ShownRound>): [ShownRound, RunFacts] => {
      const run = { ...header, acceptance: { rule, lossless: true } };
      const guesses = [
        { text: ' a', p: 0.3, q: 0.6, state: 'rejected' as const },
        { text: ' b', p: 0.2, q: 0.2, state: 'accepted' as const },
        { text: ' c', p: 0.1, q: 0.1, state: 'rejected' as const },
      ];
      const [round] = tell([{ guesses, end: { kind: 'bonus', text: ' y' } }], run);
      return [{ ...round, ...change }, run];
    };

    it('gives the numbers of a trial', () => {
      const [round, run] = tried('multiRound', { draw: [0.75, 0.25, null], chance: [0.5, 1, null] });
      assert.equal(
        nodeReason(round, 0, run),
        'rejected: its random number .75 is not below its chance .50, min(1, p / q) = min(1, .30 / .60)',
      );
      assert.equal(
        nodeReason(round, 1, run),
        'accepted: its random number .25 is below its chance 1, min(1, p / q) of what its rejected siblings left of both laws',
      );
      assert.equal(
        nodeReason(round, 2, run),
        'rejected by the rule multiRound: the text went on with "·b" (p .20)',
      );
      const [alone, sampling] = tried('speculativeSampling', {
        draw: [0.75, null, null],
        chance: [0.5, null, null],
      });
      assert.match(nodeReason(alone, 0, sampling), /is not below its chance \.50, min\(1, p \/ q\) = min/);
    });

    it('tells of a block that was kept for a later token', () => {
      const [round, run] = tried('block', { draw: [0.75, 0.25, 0.5], chance: [0.5, 0.1, 0.6] });
      assert.equal(
        nodeReason(round, 1, run),
        'accepted: its random number .25 is not below its chance .10, but a token further down passed, and the block is kept up to there',
      );
      assert.equal(
        nodeReason(round, 0, run),
        'rejected: its random number .75 is not below its chance .50 in the block',
      );
    });

    it('says where a correction came from', () => {
      const [correction] = tell(
        [{ guesses: [{ text: ' x', state: 'rejected' }], end: { kind: 'correction', text: ' y', p: 0.7 } }],
        header,
      );
      assert.equal(
        endReason({ ...correction, chance: [0.5] }, header),
        "correction: drawn from what the target's law has more of than the drafter's, after the token drafted here failed (p .70)",
      );
    });
  });

  it('claims no more than the rule name for a rule it does not know, or without a header', () => {
    const other = { ...header, acceptance: { rule: 'block', lossless: true } };
    assert.equal(
      nodeReason(rounds[2], node(rounds[2], ' sorted'), other),
      'rejected by the rule block: the text went on with "·data" (p .62)',
    );
    assert.equal(nodeReason(rounds[2], node(rounds[2], ' a'), null), 'accepted');
  });
});

describe('reasons of end tokens', () => {
  it('tells a plain step, a bonus and a correction apart', () => {
    assert.match(endReason(rounds[0], header), /^plain step: nothing was drafted/);
    assert.match(endReason(rounds[1], header), /^bonus: /);
    assert.equal(
      endReason(rounds[2], header),
      'correction: the target chose this instead of the 2 tokens drafted here (p .62)',
    );
    assert.match(endReason(rounds[5], header), /instead of the token drafted here/);
  });
});

describe('what the target wanted', () => {
  const correction = (guesses: Parameters<typeof tell>[0][0]['guesses'], others = [] as [string, number][]) =>
    wanted(tell([{ guesses, end: { kind: 'correction', text: ' y', p: 0.2 }, others }])[0]);

  it('is said of corrections only', () => {
    assert.equal(wanted(rounds[0]), null);
    assert.equal(wanted(rounds[1]), null);
    assert.deepEqual(wanted(rounds[2]), [
      'target wanted "·data" (p .62)',
      'not among the 2 tokens drafted here',
    ]);
  });

  it('gives the rank that the target gave it, where that is not the first', () => {
    assert.equal(
      correction(
        [{ text: ' x', state: 'rejected' }],
        [
          [' x', 0.5],
          [' z', 0.3],
        ],
      )?.[1],
      'not the one token drafted here; its 3rd choice',
    );
  });

  it('finds it among what the budget cut', () => {
    const found = correction([
      { text: ' x', state: 'rejected' },
      { text: ' y', state: 'pruned' },
    ]);
    assert.equal(found?.[1], 'rank 2 in the draft and outside the tree: cut by the budget');
  });

  it('finds it on another branch, at its own position only', () => {
    const branch = (depthOfY: 1 | 2) =>
      correction([
        { text: ' a', p: 0.9, state: 'accepted', children: [{ text: ' x', state: 'rejected' }] },
        {
          text: ' b',
          state: 'rejected',
          children: [
            depthOfY === 1
              ? { text: ' y', state: 'notReached' }
              : { text: ' c', state: 'notReached', children: [{ text: ' y', state: 'notReached' }] },
          ],
        },
      ])?.[1];
    assert.equal(branch(1), 'drafted only after "·b"');
    assert.equal(branch(2), 'not the one token drafted here');
  });
});
