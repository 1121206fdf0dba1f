import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareRuns, partTime, type Run } from '../../../../src/trace/compare/compare';
import { chainAlong, countingText, plannedRun, type RunPlan } from '../../../support/runs';
import { userError } from '../../../support/userError';

const text = countingText(60);
const run = (name: string, plan: Partial<RunPlan>): Run => ({
  name,
  ...plannedRun({ text, draft: () => [], ...plan }),
});
const drafted = (right: number) => (offset: number) => chainAlong(text, offset, 4, right);

describe('compareRuns', () => {
  it('finds two runs of one text the same, and tells what they were given differently', () => {
    const a = run('a', { draft: drafted(3) });
    const b = run('b', { header: { weights: 'int8' } });
    const comparison = compareRuns(a, b);
    assert.equal(comparison.common, text.length);
    assert.equal(comparison.divergence, null);
    assert.equal(comparison.compared.tokens, text.length);
    assert.deepEqual(comparison.differences, [{ name: 'weights', a: 'file', b: 'int8' }]);
    assert.deepEqual(JSON.parse(JSON.stringify(comparison)), comparison);
  });

  it('splits the difference in time into acceptance and the costs of a round, which add up to it', () => {
    const plan = fc.record({ right: fc.nat(4), draftTime: fc.nat(5000), restTime: fc.nat(5000) });
    fc.assert(
      fc.property(plan, plan, (one, other) => {
        const [a, b] = [one, other].map(({ right, ...times }) =>
          run('', { draft: drafted(right), ...times }),
        );
        const { compared, reasons, segments, stretches } = compareRuns(a, b);
        const difference = partTime(compared.a) - partTime(compared.b);
        const { acceptance, draft, verify, other: rest } = reasons;
        assert.ok(Math.abs(acceptance + draft + verify + rest - difference) < 1e-3);
        for (const [side, parts] of [
          ['a', segments],
          ['b', segments],
          ['a', stretches],
          ['b', stretches],
        ] as const) {
          const sum = parts.reduce((total, segment) => total + partTime(segment[side]), 0);
          assert.ok(Math.abs(sum - partTime(compared[side])) < 1e-3);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('cuts the text finer to draw it than to read it, at places where both runs end a round', () => {
    const a = run('a', { draft: drafted(3) });
    const b = run('b', {});
    const { segments, stretches } = compareRuns(a, b);
    assert.ok(segments.length <= 8);
    assert.equal(stretches.length, a.rounds.length);
    stretches.forEach(({ start, tokens, firstRound }, i) => {
      assert.equal(tokens, a.rounds[i].emitted.length);
      assert.deepEqual(firstRound, { a: i, b: start });
    });
  });

  it('blames the rounds where only their number differs, and the draft where only its time does', () => {
    const slowDraft = compareRuns(run('a', { draftTime: 3100 }), run('b', { draftTime: 100 })).reasons;
    assert.ok(Math.abs(slowDraft.draft - 3000 * text.length) < 1e-6);
    assert.deepEqual([slowDraft.acceptance, slowDraft.verify], [0, 0]);
    const fewer = compareRuns(run('a', {}), run('b', { draft: drafted(4), verify: () => 10_000 })).reasons;
    assert.ok(fewer.acceptance > 0 && Math.abs(fewer.verify) < 1e-6);
  });

  it('shows the token where two texts part, and how near the target had the two', () => {
    const other = [...text.slice(0, 9), 700, ...text.slice(10)];
    const top = (token: number, offset: number) =>
      offset === 9
        ? ([
            [token, 0.41],
            [token === 700 ? text[9] : 700, 0.4],
          ] as const)
        : ([[token, 0.9]] as const);
    const a = run('a', { draft: drafted(2), top });
    const b = run('b', { text: other, top });
    const { common, divergence, compared } = compareRuns(a, b);
    assert.equal(common, 9);
    assert.equal(divergence!.index, 9);
    assert.equal(divergence!.position, a.header.prompt.tokens.length + 9);
    assert.deepEqual([divergence!.a.token, divergence!.b.token], [text[9], 700]);
    assert.ok(Math.abs(divergence!.margin! - 0.01) < 1e-9);
    // Whole rounds only: the first run's rounds end at 3, 6, 9.
    assert.equal(compared.tokens, 9);
  });

  it('compares nothing where the first token differs or a run has no round', () => {
    const a = run('a', {});
    const other = compareRuns(a, run('b', { text: [700, ...text.slice(1)] }));
    assert.equal(other.common, 0);
    assert.deepEqual(other.segments, []);
    assert.equal(compareRuns(a, { ...a, rounds: [] }).divergence, null);
  });

  it('refuses runs of different prompts', () => {
    const prompt = { tokens: [1, 10, 13], text: '' };
    assert.throws(
      () => compareRuns(run('a.jsonl', {}), run('b.jsonl', { header: { prompt } })),
      userError('usage', /^a\.jsonl and b\.jsonl continue different prompts \(token 2 differs\)/),
    );
  });
});
