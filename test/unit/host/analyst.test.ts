import assert from 'node:assert/strict';
import { Analyst } from '../../../src/host/analyst';
import { GenerationRecord } from '../../../src/host/record';
import { findings } from '../../../src/trace/findings/findings';
import { chainAlong, countingText, plannedRun } from '../../support/runs';
import { SlowClock } from './slowClock';

const text = countingText(300);
const run = plannedRun({
  text,
  draft: (offset) => ((offset * 13) % 11 < 3 ? [] : chainAlong(text, offset, 4, 3)),
});

function recorded(): GenerationRecord {
  const record = new GenerationRecord();
  record.begin();
  record.apply({ type: 'header', id: 1, header: run.header });
  for (const round of run.rounds) record.apply({ type: 'round', id: 1, round, text: '' });
  return record;
}

describe('Analyst', () => {
  it('draws its conclusions from the whole record, and says why it is not faster', async () => {
    const answer = await new Analyst(recorded(), new SlowClock()).answer(null);
    assert.deepEqual([answer!.first, answer!.last], [0, run.rounds.length]);
    assert.deepEqual(answer!.analysis.findings, findings(run.header, run.rounds));
  });

  it('counts a part of it, as far as there is one', async () => {
    const analyst = new Analyst(recorded(), new SlowClock());
    const answer = await analyst.answer({ first: 10, last: 1e9 });
    assert.deepEqual([answer!.first, answer!.last], [10, run.rounds.length]);
    assert.equal(answer!.analysis.statistics.summary.rounds, run.rounds.length - 10);
    assert.equal(answer!.analysis.findings, null);
    assert.equal((await analyst.answer({ first: 1e6, last: 1e9 }))!.analysis.statistics.summary.rounds, 0);
  });

  it('lets others have their turn', async () => {
    const clock = new SlowClock();
    await new Analyst(recorded(), clock).answer(null);
    assert.ok(clock.turns > 50, `${clock.turns} turns`);
  });

  it('answers the last question only, and none about a record that is gone', async () => {
    const record = recorded();
    const analyst = new Analyst(record, new SlowClock());
    const first = analyst.answer(null);
    const second = analyst.answer({ first: 0, last: 5 });
    assert.equal(await first, null);
    assert.equal((await second)!.last, 5);
    const late = analyst.answer(null);
    record.begin();
    assert.equal(await late, null);
    assert.equal(await analyst.answer(null), null, 'no header yet');
    const unwanted = new Analyst(recorded(), new SlowClock());
    const stopped = unwanted.answer(null);
    unwanted.stop();
    assert.equal(await stopped, null);
  });

  it('looks at the beginning of a run that is too long', async () => {
    const answer = await new Analyst(recorded(), new SlowClock(), 100).answer(null);
    assert.ok(answer!.last >= 20 && answer!.last < run.rounds.length, `${answer!.last} rounds`);
  });
});
