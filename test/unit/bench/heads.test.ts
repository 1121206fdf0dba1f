import assert from 'node:assert/strict';
import { DEPTH, headContenders, headDrafters, SIZES } from '../../../bench/heads/contenders';
import { headsReport, type HeadTraining } from '../../../bench/heads/report';
import { PLAIN, type Contender } from '../../../bench/spec/contenders';
import type { ContenderRun, QuestionRuns } from '../../../bench/spec/runs';

const contender = (drafter: string, policy: Contender['policy'], nodes: number): Contender => ({
  name: `${drafter} ${policy} ${nodes}`,
  drafter,
  kind: 'heads',
  policy,
  nodes,
  depth: DEPTH,
});

/** A hundred rounds of ten microseconds' drafting. */
const run = (name: string, tokens: number, us: number, more: Partial<ContenderRun> = {}): ContenderRun => ({
  contender: name,
  tokens,
  rounds: 100,
  byDepth: [
    { proposed: 100, accepted: 50 },
    { proposed: 100, accepted: 20 },
  ],
  t_us: { draft: 1000, verify: us / 2, sample: 0, commit: 0, total: us },
  drafts: [{ levels: DEPTH, rounds: 100, us: 1000 }],
  sameTokens: tokens,
  equal: true,
  ...more,
});

const alike: readonly HeadTraining[] = ['medusa', 'clover'].map((drafter) => ({
  drafter,
  training: { tokens: 1000, steps: 10 },
}));

/** A question at which plain decoding takes 40 microseconds a token. */
const question = (runs: readonly ContenderRun[], temperature = 0): QuestionRuns => ({
  question: 1,
  task: 'qa',
  temperature,
  runs: [...runs, run(PLAIN.name, 100, 4000, { byDepth: [] })],
});

describe('headContenders', () => {
  it('are every wanted head in every tree and under costAware, and beside suffix decoding', () => {
    assert.deepEqual(headDrafters, ['medusa', 'hydra', 'clover', 'clover2', 'eagle']);
    const all = headContenders(['clover2']);
    assert.deepEqual(
      all.map(({ name }) => name),
      [
        ...SIZES.map((nodes) => `clover2 fixed ${nodes}`),
        'clover2 costAware 25',
        'clover2+suffix costAware 25',
        'suffix costAware 25',
      ],
    );
    assert.ok(all.every(({ depth }) => depth === DEPTH));
  });
});

describe('headsReport', () => {
  it('compares extra tokens a step, the one token left out that plain decoding gets too', () => {
    const rivals = [contender('medusa', 'fixed', 25), contender('clover', 'fixed', 25)];
    const runs = [run('medusa fixed 25', 150, 3000), run('clover fixed 25', 200, 4000)];
    const { figures, rows, notes } = headsReport([question(runs)], rivals, alike);
    assert.equal(figures['heads.extra.medusa.fixed.25.t0'], 0.5);
    assert.equal(figures['heads.cloverVsMedusaExtra'], 2);
    assert.equal(figures['heads.cloverVsMedusaExtra.25'], 2);
    assert.equal(figures['heads.overPlain.clover.fixed.25.t0'], 2);
    assert.equal(figures['heads.draft.clover.fixed.25.t0'], 0.25);
    assert.equal(figures['heads.hit.clover.fixed.25.t0.depth1'], 0.5);
    assert.equal(figures['heads.hit.clover.fixed.25.t0.depth2'], 0.4);
    assert.equal(rows.length, 3);
    assert.equal(rows[2]['hit rate at depth 1, 2, …'], '0.50 0.40');
    assert.deepEqual(notes, ['All heads were trained alike: 1000 tokens, 10 steps.']);
  });

  it('takes the best of the heads that suffix decoding stands beside, and each temperature by itself', () => {
    const rivals = [
      contender('eagle', 'costAware', 25),
      contender('eagle+suffix', 'costAware', 25),
      contender('clover2', 'costAware', 25),
      contender('clover2+suffix', 'costAware', 25),
    ];
    const at = (temperature: number, times: readonly number[]) =>
      question(
        times.map((us, i) => run(rivals[i].name, 100, us)),
        temperature,
      );
    // The head alone is no head with a chooser, however fast.
    const { figures } = headsReport(
      [at(0, [500, 1600, 500, 2000]), at(1, [500, 4000, 500, 3200])],
      rivals,
      alike,
    );
    assert.equal(figures['heads.bestOverall'], 2.5);
    assert.equal(figures['heads.clover2Overall'], 2);
    assert.equal(figures['heads.bestOverallT1'], 1.25);
    assert.equal(figures['heads.clover2OverallT1'], 1.25);
  });

  it('costs a draft by the rounds alone that went all levels down', () => {
    const rivals = [contender('clover2', 'fixed', 25)];
    const drafts = [
      { levels: 2, rounds: 60, us: 60 },
      { levels: DEPTH, rounds: 40, us: 640 },
    ];
    const found = headsReport([question([run('clover2 fixed 25', 100, 4000, { drafts })])], rivals, alike);
    assert.equal(found.figures['heads.clover2DraftCost'], 0.4);
    const shallow = headsReport(
      [question([run('clover2 fixed 25', 100, 4000, { drafts: drafts.slice(0, 1) })])],
      rivals,
      alike,
    );
    assert.equal('heads.clover2DraftCost' in shallow.figures, false);
  });

  it('has no comparison of what did not run, and says when heads were trained otherwise', () => {
    const rivals = [contender('medusa', 'fixed', 25)];
    const heads = [...alike, { drafter: 'eagle', training: null }];
    const { headline, notes } = headsReport([question([run('medusa fixed 25', 150, 3000)])], rivals, heads);
    assert.deepEqual(headline, []);
    assert.deepEqual(notes, [
      'The heads were NOT trained alike, so no figure compares their designs: ' +
        'medusa 1000 tokens, 10 steps; clover 1000 tokens, 10 steps; eagle unknown.',
    ]);
  });
});
