import assert from 'node:assert/strict';
import { entropyBounds, entropyBuckets } from '../../../../src/trace/statistics/entropy';
import { hitsByRank, targetRanks } from '../../../../src/trace/statistics/ranks';
import { measureTrace } from '../../../../src/trace/statistics/statistics';
import { countByClass } from '../../../../src/trace/statistics/tokenClasses';
import { acceptedLengths } from '../../../../src/trace/statistics/acceptedLengths';
import { parseTrace } from '../../../../src/trace/parse';
import { finish } from '../../../../src/trace/steps';
import { plannedRun, type PlannedNode } from '../../../support/runs';
import { sampleTrace } from '../../../support/sampleTrace';

/** Three rounds: rank 2 right at depth 1 and 2 outside below it; cut; nothing drafted. */
const drafts: readonly PlannedNode[][] = [
  [
    { parent: -1, token: 900, q: 0.6 },
    { parent: -1, token: 20, q: 0.3 },
    { parent: 1, token: 901, q: 0.2 },
  ],
  [],
  [
    { parent: -1, token: 22, q: 0.1, pruned: true },
    { parent: -1, token: 902, q: 0.5 },
  ],
  [],
];
const { header, rounds } = plannedRun({
  text: [20, 21, 22, 23],
  draft: (offset) => drafts[offset],
});

describe('the rounds of the planned run', () => {
  it('are a trace by every rule', () => {
    const text = [header, ...rounds].map((line) => JSON.stringify(line)).join('\n');
    assert.deepEqual(parseTrace(`${text}\n`, 't').rounds, rounds);
  });
});

describe('acceptedLengths', () => {
  it('counts drafts, and not rounds without one', () => {
    assert.deepEqual(acceptedLengths(rounds), [1, 1]);
    assert.deepEqual(acceptedLengths(sampleTrace().rounds), [0, 1, 2]);
  });
});

describe('hitsByRank', () => {
  it('ranks siblings by their probability, and counts what the budget cut', () => {
    assert.deepEqual(finish(hitsByRank(rounds)), [
      { asked: 2, byRank: [0, 2], offered: [2, 2], pruned: 1 },
      { asked: 1, byRank: [0], offered: [1], pruned: 0 },
    ]);
  });
});

describe('targetRanks', () => {
  it('looks drafted tokens up among the most probable ones of the target', () => {
    const run = plannedRun({
      text: [20, 21],
      draft: (offset) =>
        offset === 0
          ? [
              { parent: -1, token: 20 },
              { parent: -1, token: 30 },
              { parent: -1, token: 40 },
            ]
          : [],
      top: (token) => [
        [30, 0.5],
        [token, 0.3],
      ],
    });
    assert.deepEqual(finish(targetRanks(run.rounds)), { accepted: [0, 1], rejected: [1], rejectedBeyond: 1 });
  });
});

describe('entropyBounds', () => {
  const entropy = (law: readonly number[]) => law.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);

  it('encloses the entropy of every law whose most probable tokens are listed', () => {
    for (const law of [
      [0.5, 0.2, 0.1, 0.1, 0.05, 0.05],
      [0.9, 0.02, 0.02, 0.02, 0.02, 0.02],
      [1, 0, 0, 0, 0, 0],
      [1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 6],
    ]) {
      for (let listed = 1; listed <= law.length; listed++) {
        const { least, most } = entropyBounds(law.slice(0, listed), law.length);
        assert.ok(least <= entropy(law) + 1e-12 && entropy(law) <= most + 1e-12, `${law.join()} ${listed}`);
      }
      const whole = entropyBounds(law, law.length);
      assert.ok(Math.abs(whole.most - entropy(law)) < 1e-9);
    }
  });

  it('stays finite where probabilities add up to more than 1', () => {
    const { least, most } = entropyBounds([0.9, 0.9], 2);
    assert.ok(Number.isFinite(least) && least <= most);
  });
});

describe('entropyBuckets', () => {
  it('sorts the places where something was seen by how sure the target was', () => {
    const run = plannedRun({
      text: [20, 21, 22, 23],
      draft: (offset) => (offset % 2 === 0 ? [{ parent: -1, token: offset === 0 ? 20 : 900 }] : []),
      top: (token, offset) =>
        offset === 0
          ? [[token, 1]]
          : [
              [token, 0.5],
              [998, 0.5],
            ],
    });
    const buckets = finish(entropyBuckets(run.rounds, 1000));
    assert.deepEqual(buckets, [
      { from: 0, choices: 1, hits: 1, meanTop: 1 },
      { from: 0.35, choices: 1, hits: 0, meanTop: 0.5 },
    ]);
  });
});

describe('countByClass', () => {
  it('counts every committed token once', () => {
    const { rounds: sample } = sampleTrace();
    const classes = finish(countByClass(sample));
    assert.deepEqual(
      classes.map(({ name }) => name),
      ['word', 'special', 'other'],
    );
    const sum = (read: (one: (typeof classes)[number]) => number) =>
      classes.reduce((n, one) => n + read(one), 0);
    assert.equal(
      sum(({ tokens }) => tokens),
      8,
    );
    assert.equal(
      sum(({ accepted }) => accepted),
      5,
    );
  });
});

describe('measureTrace', () => {
  it('is plain data that JSON carries whole', () => {
    const { header: sampleHeader, rounds: sample } = sampleTrace();
    const statistics = measureTrace(sampleHeader, sample);
    assert.deepEqual(JSON.parse(JSON.stringify(statistics)), statistics);
    assert.ok(Math.abs(statistics.rest - 249.75) < 1e-9);
  });
});
