import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Round } from '../../../../src/trace/schema';
import { countRun, publishedMetrics, valueText } from '../../../../src/trace/statistics/definitions';
import { finish } from '../../../../src/trace/steps';
import { chainAlong, countingText, plannedRun } from '../../../support/runs';
import { sampleTrace } from '../../../support/sampleTrace';

type Value = number | null | (number | null)[];

/** Each published number again, straight from the rounds and by another way than the catalogue's. */
function recomputed(rounds: readonly Round[]): Record<string, Value[]> {
  const nodes = rounds.flatMap((round) => round.state);
  const seen = nodes.filter((state) => state !== 'pruned').length;
  const accepted = nodes.filter((state) => state === 'accepted').length;
  const rejected = nodes.filter((state) => state === 'rejected').length;
  const drafting = rounds.filter((round) => round.state.some((state) => state !== 'pruned'));
  const tokens = rounds.flatMap((round) => round.emitted).length;
  const all = rounds.length;
  const drafts = drafting.length;
  const budget = Math.max(...rounds.map((round) => round.budget.nodes));
  const over = (part: number, whole: number) => (whole > 0 ? part / whole : null);
  const deepest = Math.max(...rounds.map((round) => round.accepted_path.length));
  const reached = Array.from(
    { length: deepest },
    (_, i) => rounds.filter((round) => round.accepted_path.length > i).length,
  );
  const conditional = (first: number) => reached.map((n, i) => over(n, [first, ...reached][i]));
  const full = drafting.filter(
    (round) => round.accepted_path.length > 0 && round.end.kind === 'bonus',
  ).length;
  const zero = drafting.filter((round) => round.accepted_path.length === 0).length;
  return {
    acceptanceLength: [
      over(tokens, all),
      drafts > 0 ? (accepted + drafts) / drafts : null,
      over(tokens, all),
      over(tokens, rounds.filter((round) => round.end.kind !== 'none').length),
      all > 0 ? (tokens - all) / all : null,
    ],
    draftAcceptance: [
      over(accepted, seen),
      over(accepted, seen),
      over(accepted, accepted + rejected),
      over(accepted, all * budget),
      over(accepted, nodes.length),
    ],
    unconditional: [reached.map((n) => over(n, all)), reached.map((n) => over(n, drafts))],
    conditional: [conditional(all), conditional(drafts)],
    acceptedPerVerified: [over(tokens, seen + all), over(accepted + drafts, seen + drafts)],
    wastedRows: [over(seen - accepted, seen)],
    fullRounds: [full, full],
    partialRounds: [drafts - full - zero, drafts - full - zero],
    zeroRounds: [zero, zero],
  };
}

function assertRecomputed(rounds: readonly Round[]): void {
  const expected = recomputed(rounds);
  const counts = finish(countRun(rounds));
  for (const { id, definitions } of publishedMetrics()) {
    definitions.forEach(({ engine, value }, i) => {
      const list = (of: ReturnType<typeof value>) => (typeof of === 'object' && of !== null ? of : [of]);
      const [actual, wanted] = [list(value(counts)), list(expected[id][i])];
      assert.equal(actual.length, wanted.length);
      actual.forEach((one, k) => {
        const other = wanted[k];
        if (one === null || other === null) assert.equal(one, other, `${id} of ${engine}`);
        else assert.ok(Math.abs(one - other) < 1e-9, `${id} of ${engine}: ${one} is not ${other}`);
      });
    });
    assert.equal(definitions.length, expected[id].length);
  }
}

describe('the metrics', () => {
  it('are what their formulas say, recomputed from the rounds', () => {
    assertRecomputed(sampleTrace().rounds);
    const plan = fc.record({
      length: fc.integer({ min: 1, max: 30 }),
      drafts: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 30, maxLength: 30 }),
    });
    fc.assert(
      fc.property(plan, ({ length, drafts }) => {
        const text = countingText(length);
        const draft = (offset: number) => chainAlong(text, offset, ...drafts[offset]);
        assertRecomputed(plannedRun({ text, draft }).rounds);
      }),
    );
  });

  it('are absent, and not zero, where there is nothing to divide by', () => {
    const counts = finish(countRun([]));
    for (const { unit, definitions } of publishedMetrics()) {
      for (const { value } of definitions) {
        const expected = unit === 'rounds' ? '0' : '–';
        assert.equal(valueText(value(counts), unit), expected);
      }
    }
  });

  it('have ids of their own, and this program’s definition first', () => {
    assert.equal(new Set(publishedMetrics().map(({ id }) => id)).size, publishedMetrics().length);
    for (const { definitions } of publishedMetrics()) assert.equal(definitions[0].engine, 'Draftscope');
  });
});
