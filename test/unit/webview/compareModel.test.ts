import assert from 'node:assert/strict';
import { compareRuns, type Comparison, type Run } from '../../../src/trace/compare/compare';
import { compareModel as modelOf } from '../../../webview/compareModel';
import { chainAlong, countingText, plannedRun, type RunPlan } from '../../support/runs';

const text = countingText(60);
const run = (name: string, plan: Partial<RunPlan> = {}): Run => ({
  name,
  ...plannedRun({ text, draft: () => [], ...plan }),
});
const drafted = (right: number) => (offset: number) => chainAlong(text, offset, 4, right);
const other = [...text.slice(0, 30), 700, ...text.slice(31)];
const compareModel = (comparison: Comparison, a = { rounds: 60, of: 60 }, b = { rounds: 60, of: 60 }) =>
  modelOf(comparison, { a, b });

describe('a comparison in the view', () => {
  it('says where the two part, how fast each was, and leads to the place', () => {
    const comparison = compareRuns(run('a'), run('b', { text: other }));
    const { sentences, parting } = compareModel(comparison);
    assert.equal(sentences.length, 2);
    assert.match(
      sentences[0],
      /^The first 30 tokens are the same\. Token 30 differs: " t50" .* in A \(round 30\)/,
    );
    assert.match(sentences[1], /^Over the first 30 tokens: A .* in 30 rounds, .* tokens\/s; B /);
    assert.equal(parting, 30);
    assert.equal(compareModel(compareRuns(run('a'), run('b'))).parting, null);
  });

  it('draws the time a token of both over the compared text, without a gap', () => {
    const comparison = compareRuns(run('a'), run('b', { draft: drafted(3) }));
    const { bars, tokens } = compareModel(comparison).strip;
    assert.equal(tokens, comparison.compared.tokens);
    let end = 0;
    for (const bar of bars) {
      assert.equal(bar.from, end);
      end = bar.to;
      const [a, b] = [bar.a, bar.b];
      assert.equal(bar.faster, a < b ? 'a' : a > b ? 'b' : 'neither');
    }
    assert.equal(end, tokens);
    assert.ok(bars.every(({ faster }) => faster === 'b'));
  });

  it('lets one slow round not flatten all others', () => {
    const slow = run('a');
    const rounds = slow.rounds.map((round, i) =>
      i === 5 ? { ...round, t_us: { ...round.t_us, verify: 1e9, total: 1e9 + 200 } } : round,
    );
    const { most, bars } = compareModel(compareRuns({ ...slow, rounds }, run('b'))).strip;
    assert.ok(most < 1e6);
    assert.equal(bars[5].a, most);
    assert.match(bars[5].title, /A 1,000\.00 s a token/);
  });

  it('weighs the reasons against the largest', () => {
    const { reasons } = compareModel(compareRuns(run('a', { draftTime: 3100 }), run('b')));
    assert.deepEqual(
      reasons.map(({ share }) => Math.abs(share)),
      [0, 0, 1, 0],
    );
    const same = compareModel(compareRuns(run('a'), run('b')));
    assert.ok(same.reasons.every(({ share }) => share === 0));
  });

  it('says of which run a part is left out', () => {
    const comparison = compareRuns(run('a'), run('b'));
    const { sentences } = compareModel(comparison, { rounds: 60, of: 4000 });
    assert.equal(sentences.length, 3);
    assert.match(sentences[2], /^Of A only the first 60 of 4000 rounds are compared/);
    const both = compareModel(comparison, { rounds: 60, of: 4000 }, { rounds: 60, of: 70 }).sentences;
    assert.match(both[3], /^Of B only the first 60 of 70 rounds/);
  });

  it('has nothing to draw where the first token differs', () => {
    const { sentences, strip, segments } = compareModel(
      compareRuns(run('a'), run('b', { text: [700, ...text.slice(1)] })),
    );
    assert.deepEqual([sentences.length, strip.bars.length, segments.length], [1, 0, 0]);
  });
});
