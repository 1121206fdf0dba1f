import assert from 'node:assert/strict';
import { compareSides, type Side } from '../../../src/host/comparer';
import { comparisonSchema } from '../../../src/protocol/comparison';
import { compareRuns } from '../../../src/trace/compare/compare';
import { RoundList } from '../../../src/trace/roundSource';
import { chainAlong, countingText, plannedRun } from '../../support/runs';
import { userError } from '../../support/userError';

const text = countingText(200);
const a = plannedRun({ text, draft: (offset) => chainAlong(text, offset, 4, 3) });
const b = plannedRun({ text: [...text.slice(0, 150), 700], draft: () => [] });

function sideOf(name: string, { header, rounds }: typeof a): Side {
  const list = new RoundList();
  for (const round of rounds) list.push(round);
  return { name, header, rounds: list };
}

describe('compareSides', () => {
  it('compares what the traces hold, in a form that can travel', async () => {
    const { comparison, extents } = (await compareSides(sideOf('a', a), sideOf('b', b), () => true))!;
    assert.deepEqual(comparison, compareRuns({ name: 'a', ...a }, { name: 'b', ...b }));
    assert.deepEqual(comparisonSchema.parse(comparison), comparison);
    const all = ({ rounds }: typeof a) => ({ rounds: rounds.length, of: rounds.length });
    assert.deepEqual(extents, { a: all(a), b: all(b) });
  });

  it('says how much of a long run it looked at', async () => {
    const { comparison, extents } = (await compareSides(sideOf('a', a), sideOf('b', b), () => true, 40))!;
    assert.ok(extents.b.rounds >= 32 && extents.b.rounds < b.rounds.length);
    assert.equal(extents.b.of, b.rounds.length);
    const part = (run: typeof a, most: number) => ({ ...run, rounds: run.rounds.slice(0, most) });
    assert.deepEqual(
      comparison,
      compareRuns({ name: 'a', ...part(a, extents.a.rounds) }, { name: 'b', ...part(b, extents.b.rounds) }),
    );
  });

  it('ends when nobody waits for it any more', async () => {
    let looks = 0;
    assert.equal(await compareSides(sideOf('a', a), sideOf('b', b), () => ++looks < 3), null);
  });

  it('names the side that holds no trace', async () => {
    const empty = { ...sideOf('b.jsonl', b), header: null };
    await assert.rejects(
      compareSides(sideOf('a', a), empty, () => true),
      userError('bad-file', /^b\.jsonl holds no trace/),
    );
  });
});
