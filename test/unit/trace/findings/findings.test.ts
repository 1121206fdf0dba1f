import assert from 'node:assert/strict';
import { SETTING_NAMES } from '../../../../src/editor/settingsSchema';
import { caseOf } from '../../../../src/trace/findings/case';
import type { Finding } from '../../../../src/trace/findings/finding';
import { findings, RULES } from '../../../../src/trace/findings/findings';
import type { TraceHeader } from '../../../../src/trace/schema';
import { CHEAP_ROWS, chainAlong, countingText, plannedRun, type RunPlan } from '../../../support/runs';
import { sampleHeader } from '../../../support/sampleTrace';

const text = countingText(120);

/** A plain step now and then, so that the run tells what one row costs. */
const drafting = (nodes: number, right: number) => (offset: number) =>
  (offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, nodes, right);

/** Chains of four, three of them right, by the drafter's own choice, at rows that cost next to nothing. */
const good: RunPlan = { text, nodes: 8, depth: 8, draft: drafting(4, 3) };
const DEAR = (rows: number) => 10_000 + 4000 * (rows - 1);

function speak(id: string, change: Partial<RunPlan>): Omit<Finding, 'rule'> | null {
  const { header, rounds } = plannedRun({ ...good, ...change });
  return RULES.find((rule) => rule.id === id)!.find(caseOf(header, rounds));
}

const header = (change: Partial<TraceHeader>) => ({ header: change });
const base = sampleHeader();
const sampled = header({
  sampler: { ...base.sampler, temperature: 0.8 },
  acceptance: { rule: 'sampled', lossless: true },
});
const unsure = (p: number) => (token: number) => [[token, p] as const, [999, 0.01] as const];

/** For each rule a run where it must speak, with what it says, and runs where it must not. */
const cases: Record<string, { fires: [Partial<RunPlan>, RegExp]; silent: Partial<RunPlan>[] }> = {
  noDraft: {
    fires: [
      { draft: () => [], ...header({ drafter: { id: 'none', name: 'None', qIsLaw: false } }) },
      /^Nothing was drafted: this is plain decoding\.$/,
    ],
    silent: [{}],
  },
  wellTuned: {
    fires: [{}, /^Well tuned: this run is 2\.\d\d times as fast as plain decoding is predicted to be/],
    silent: [{ verify: DEAR, draft: drafting(4, 0) }, { draft: () => [] }],
  },
  plainFaster: {
    fires: [
      { verify: DEAR, draft: drafting(4, 0) },
      /^Plain decoding is predicted to be \d\.\d\d times as fast here/,
    ],
    silent: [{}, { verify: DEAR, draft: drafting(4, 4) }],
  },
  draftSize: {
    fires: [
      { verify: DEAR, nodes: 8, depth: 8, draft: drafting(8, 1) },
      /^Drafts are too long for this text: (at most|a depth of) 1 /,
    ],
    silent: [{}, { verify: DEAR, draft: drafting(4, 0) }],
  },
  costAware: {
    fires: [
      {
        verify: DEAR,
        nodes: 8,
        depth: 8,
        // The drafter knows when it is right.
        draft: (offset) => {
          const isRight = (offset * 13) % 11 < 4;
          return drafting(4, isRight ? 4 : 0)(offset).map((node) => ({ ...node, q: isRight ? 0.95 : 0.05 }));
        },
      },
      /^Verifying of each draft only what pays \(costAware\) is predicted to give/,
    ],
    silent: [{}, { policy: 'costAware', verify: DEAR, draft: drafting(4, 0) }],
  },
  verifyCost: {
    fires: [
      { verify: DEAR },
      /^Verify is 9\d % of the time: a forward over 5 rows.* costs 2\.60 single tokens/,
    ],
    silent: [{ draftTime: 100_000 }, { draft: () => [] }],
  },
  weightForm: {
    fires: [
      { verify: DEAR, nodes: 8, depth: 8, draft: drafting(8, 3), ...header({ weights: 'file' }) },
      /^With the file's own blocks as weights, 9 rows cost 4\.20 single tokens/,
    ],
    silent: [
      { nodes: 8, depth: 8, draft: drafting(8, 3), ...header({ weights: 'file' }) },
      { verify: DEAR, nodes: 8, depth: 8, draft: drafting(8, 3), ...header({ weights: 'int8' }) },
    ],
  },
  silentDrafter: {
    fires: [
      { draft: (offset) => (offset % 3 === 0 ? chainAlong(text, offset, 4, 1) : []) },
      /offered nothing in \d\d % of/,
    ],
    silent: [{ draft: drafting(4, 0) }],
  },
  draftTime: {
    fires: [{ draftTime: 5000 }, /^Drafting takes 3\d % of the time, 5\.0 ms a round/],
    silent: [{}],
  },
  wider: {
    fires: [
      {
        draft: (offset) => [
          { parent: -1, token: offset % 3 === 0 ? 900 : text[offset], q: 0.5 },
          ...(offset % 7 === 0 ? [] : [{ parent: -1, token: offset % 3 === 0 ? text[offset] : 901, q: 0.2 }]),
        ],
      },
      /^Wider drafts may help: at depth 1 the token of rank 2 was right in/,
    ],
    silent: [
      {},
      {
        verify: DEAR,
        draft: (offset) => [
          { parent: -1, token: text[offset] },
          { parent: -1, token: 901 },
        ],
      },
    ],
  },
  prunedHits: {
    fires: [
      { draft: (offset) => [{ parent: -1, token: text[offset], pruned: offset % 3 === 0 }] },
      /^The budget cut the right token in \d+ places/,
    ],
    silent: [{}, { draft: (offset) => [{ parent: -1, token: 900, pruned: true, q: offset }] }],
  },
  unpredictable: {
    fires: [
      { draft: drafting(4, 0), top: unsure(0.3) },
      /^This text is hard to guess: in 100 % of \d+ misses/,
    ],
    silent: [{ draft: drafting(4, 0) }, { draft: drafting(4, 4), top: unsure(0.3) }],
  },
  guessable: {
    fires: [{ draft: drafting(4, 0) }, /^In 100 % of \d+ misses the target was sure/],
    silent: [{ draft: drafting(4, 0), top: unsure(0.6) }],
  },
  temperature: {
    fires: [
      {
        ...sampled,
        draft: drafting(4, 0),
        top: (token) => [
          [900, 0.6],
          [token, 0.2],
        ],
      },
      /^Temperature 0\.8 limits acceptance: in 100 % of \d+ misses/,
    ],
    silent: [
      {
        draft: drafting(4, 0),
        top: (token) => [
          [900, 0.6],
          [token, 0.2],
        ],
      },
      { ...sampled, draft: drafting(4, 0) },
    ],
  },
  samplingCost: {
    fires: [
      { ...sampled, sampleTime: 2000 },
      /^Choosing tokens takes 1\d % of the time: above temperature 0/,
    ],
    silent: [sampled],
  },
  hostOverhead: {
    fires: [{ restTime: 3000 }, /% of the time lies between the phases, 3\.0 ms a round/],
    silent: [{}],
  },
  coldStart: {
    fires: [{ verify: slowFirst() }, /^The run began cold: its first rounds took \d+\.\d ms longer/],
    silent: [{}],
  },
  prefill: {
    fires: [
      header({ prefill: { reused: 1, t_us: 9e6 } }),
      /^Reading the prompt took 9\d % of the whole time, 9\.00 s for 3/,
    ],
    silent: [{}],
  },
  timeSplit: {
    fires: [{}, /^The time went into draft 1 %, verify 98 %, sample 0 %, commit 0 %, rest 0 %\.$/],
    silent: [],
  },
};

/** The first forward takes ten times as long. */
function slowFirst(): (rows: number) => number {
  let forwards = 0;
  return (rows) => CHEAP_ROWS(rows) * (forwards++ === 0 ? 10 : 1);
}

describe('the rules', () => {
  it('are all tested, under their own names', () => {
    assert.deepEqual(Object.keys(cases).sort(), RULES.map(({ id }) => id).sort());
  });

  for (const [id, { fires, silent }] of Object.entries(cases)) {
    it(`${id} speaks where it must`, () => {
      const finding = speak(id, fires[0]);
      assert.ok(finding !== null, 'is silent');
      assert.match(finding.sentence, fires[1]);
      assert.ok(finding.weight >= 0 && finding.weight <= 1);
      for (const value of Object.values(finding.evidence.numbers)) assert.ok(Number.isFinite(value));
      if (finding.setting === null) return;
      const name = finding.setting.key.replace('draftscope.', '');
      assert.ok((SETTING_NAMES as string[]).includes(name), `${name} is no setting`);
    });
    silent.forEach((change, i) => {
      it(`${id} is silent where it must be (${i + 1})`, () =>
        assert.equal(speak(id, change)?.sentence, undefined));
    });
  }
});

describe('findings', () => {
  const of = (change: Partial<RunPlan>) => {
    const run = plannedRun({ ...good, ...change });
    return findings(run.header, run.rounds);
  };

  it('are two to five, the most valuable first, and plain data', () => {
    for (const change of [
      {},
      { draft: () => [] },
      { verify: DEAR },
      { draftTime: 9000, restTime: 9000, ...sampled },
    ]) {
      const found = of(change);
      assert.ok(found.length >= 2 && found.length <= 5, found.map(({ rule }) => rule).join());
      found.slice(1).forEach(({ weight }, i) => assert.ok(weight <= found[i].weight));
      assert.deepEqual(JSON.parse(JSON.stringify(found)), found);
    }
  });

  it('begin with the change that gains most, and label it a prediction', () => {
    const [first] = of({ verify: DEAR, draft: drafting(4, 0) });
    assert.equal(first.rule, 'plainFaster');
    assert.match(first.sentence, /predicted/);
    assert.deepEqual(first.setting, { key: 'draftscope.drafter', value: 'none' });
    assert.ok(first.gain !== null && first.gain.ratio > 1.05);
  });

  it('say of a short run that it is too short', () => {
    const run = plannedRun({ text: countingText(5), draft: () => [] });
    assert.deepEqual(
      [run.rounds, []].map((rounds) => findings(run.header, rounds).map(({ sentence }) => sentence)),
      [
        ['The trace holds 5 rounds only, too few to tell why it is not faster: record a longer answer.'],
        ['The trace holds no round, too few to tell why it is not faster: record a longer answer.'],
      ],
    );
  });
});
