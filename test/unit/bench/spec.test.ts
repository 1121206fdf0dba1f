import assert from 'node:assert/strict';
import fc from 'fast-check';
import { contenders, PLAIN, policies, speculative, type Contender } from '../../../bench/spec/contenders';
import {
  commonPrefix,
  draftsByLevels,
  speedUp,
  total,
  type ContenderRun,
  type QuestionRuns,
} from '../../../bench/spec/runs';
import { specReport } from '../../../bench/spec/report';
import { traceCost } from '../../../bench/spec/traceCost';

const run = (contender: string, us: number, more: Partial<ContenderRun> = {}): ContenderRun => ({
  contender,
  // A power of two, so that times a token are exact.
  tokens: 128,
  rounds: 50,
  byDepth: [],
  t_us: { draft: us / 10, verify: us / 2, sample: 0, commit: 0, total: us },
  drafts: [],
  sameTokens: 128,
  equal: true,
  ...more,
});

describe('contenders', () => {
  it('are every drafter of the catalogue under every policy, fixed in three sizes', () => {
    const all = contenders({ drafter: speculative, policy: policies });
    assert.equal(new Set(all.map(({ name }) => name)).size, speculative.length * (policies.length + 2));
    assert.ok(!all.some(({ kind }) => kind === 'none'));
    const some = contenders({ drafter: ['suffix'], policy: ['costAware'] });
    assert.deepEqual(
      some.map(({ name }) => name),
      ['suffix costAware 16'],
    );
  });
});

describe('totals', () => {
  it('add up times and tokens, so a long answer weighs more than a short one', () => {
    const plain = total([run('plain', 1000), run('plain', 9000)]);
    const own = total([run('a', 250), run('a', 9000)]);
    assert.equal(speedUp(plain, own), 10_000 / 9250);
  });

  it('compare times a token: a shorter answer is no faster', () => {
    const plain = total([run('plain', 1000)]);
    assert.equal(speedUp(plain, total([run('a', 500, { tokens: 64 })])), 1);
  });

  it('add up depths, however deep each draft went', () => {
    const depth = (proposed: number, accepted: number) => ({ proposed, accepted });
    const { byDepth } = total([
      run('a', 1, { byDepth: [depth(5, 3)] }),
      run('a', 1, { byDepth: [depth(4, 2), depth(2, 1)] }),
    ]);
    assert.deepEqual(byDepth, [depth(9, 5), depth(2, 1)]);
  });

  it('keep the draft phases of shallow and deep drafts apart', () => {
    const round = (depth: number[], draft: number) => ({
      depth,
      t_us: { draft, verify: 0, sample: 0, commit: 0, total: draft },
    });
    const rounds = [round([1, 2, 2], 10), round([], 1), round([1, 1, 2], 12)];
    assert.deepEqual(draftsByLevels(rounds), [
      { levels: 0, rounds: 1, us: 1 },
      { levels: 2, rounds: 2, us: 22 },
    ]);
  });

  it('count tokens up to the first that differs', () => {
    const tokens = fc.array(fc.nat(2), { maxLength: 8 });
    fc.assert(
      fc.property(tokens, tokens, (a, b) => {
        let same = 0;
        while (same < a.length && same < b.length && a[same] === b[same]) same++;
        assert.equal(commonPrefix(a, b), same);
      }),
    );
  });
});

describe('specReport', () => {
  const contender = (drafter: string, policy: Contender['policy'], nodes: number): Contender => ({
    name: `${drafter} ${policy} ${nodes}`,
    drafter,
    kind: 'n-gram',
    policy,
    nodes,
    depth: nodes,
  });
  const rivals = [
    contender('suffix', 'fixed', 4),
    contender('suffix', 'fixed', 16),
    contender('suffix', 'costAware', 16),
    contender('lookahead', 'fixed', 4),
    contender('lookahead', 'costAware', 16),
    { ...contender('draft-model', 'fixed', 4), kind: 'model' as const },
  ];
  /** Microseconds of the rivals, in order, beside 1000 for plain decoding. */
  const question = (task: string, temperature: number, us: readonly number[]): QuestionRuns => ({
    question: us[0],
    task,
    temperature,
    runs: [
      ...us.map((time, i) => run(rivals[i].name, time)),
      // Plain decoding runs several times; only its time a token counts.
      run(PLAIN.name, 900),
      run(PLAIN.name, 1100),
    ],
  });

  it('names the best training-free method, and holds costAware to the best size and to plain in each task', () => {
    const { figures, rows, notes } = specReport(
      [
        question('qa', 0, [500, 800, 520, 1000, 1250, 100]),
        question('two words', 0, [900, 600, 500, 2000, 1000, 100]),
      ],
      rivals,
    );
    assert.equal(figures['spec.overall'], 2000 / 1020);
    assert.deepEqual(notes, [
      'Best training-free method at temperature 0: suffix with the policy costAware, up to 16 nodes.',
    ]);
    assert.equal(figures['spec.costAwareVsBestFixed.qa'], 500 / 520);
    assert.equal(figures['spec.costAwareVsBestFixed.two-words'], 600 / 500);
    assert.equal(figures['spec.costAwareVsBestFixed'], 500 / 520);
    assert.equal(figures['spec.costAwareVsPlain.two-words'], 2);
    assert.equal(figures['spec.costAwareVsPlain'], 1000 / 520);
    assert.equal(figures['spec.costAwareVsPlain.lookahead.qa'], 0.8);
    assert.equal(figures['spec.costAwareVsPlain.worstDrafter'], 0.8);
    assert.equal(figures['spec.overPlain.draft-model.fixed.4.t0'], 10);
    assert.equal(rows.length, rivals.length + 1);
    assert.equal(rows[3]['over plain'], '1.96');
    assert.equal(rows[3]['verify'], '50 %');
    assert.equal(rows[3]['other'], '40 %');
  });

  it('keeps temperatures apart', () => {
    const { figures } = specReport(
      [
        question('qa', 0, [500, 800, 520, 1000, 1250, 100]),
        question('qa', 1, [800, 800, 1000, 1600, 1000, 1]),
      ],
      rivals,
    );
    assert.equal(figures['spec.overall'], 2);
    assert.equal(figures['spec.overallT1'], 1.25);
    assert.equal(figures['spec.costAwareVsPlain'], 1000 / 520);
    assert.equal(figures['spec.costAwareVsPlainT1'], 1);
  });

  it('has no figure of what did not run', () => {
    const fixed = rivals.slice(0, 1);
    const { figures } = specReport([question('qa', 0, [500])], fixed);
    assert.deepEqual(Object.keys(figures).sort(), [
      'spec.equal.suffix.fixed.4.t0',
      'spec.overPlain.suffix.fixed.4.t0',
      'spec.overall',
    ]);
    assert.deepEqual(specReport([question('qa', 0, [])], []).figures, {});
  });
});

describe('traceCost', () => {
  it('takes each round at its median, so one late round of one run changes nothing', () => {
    const untraced = [
      [100, 200],
      [100, 900],
      [100, 200],
    ];
    const traced = [
      [101, 202],
      [5000, 202],
      [101, 202],
    ];
    assert.equal(Number(traceCost([{ traced, untraced }]).toFixed(12)), 0.01);
  });
});
