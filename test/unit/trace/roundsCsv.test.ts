import assert from 'node:assert/strict';
import { csvParse } from 'd3';
import { roundsCsv } from '../../support/roundsCsv';
import { sampleTrace } from '../../support/sampleTrace';

describe('roundsCsv', () => {
  const { rounds } = sampleTrace();

  it('has a line for each round, which another reader reads back', () => {
    const rows = csvParse(roundsCsv(rounds));
    assert.equal(rows.length, rounds.length);
    rows.forEach((row, i) => {
      const round = rounds[i];
      assert.equal(Number(row.round), round.index);
      assert.equal(Number(row.rows), 1 + round.state.filter((state) => state !== 'pruned').length);
      assert.equal(Number(row.total_us), round.t_us.total);
      assert.equal(Number(row.accepted), round.accepted_path.length);
      assert.equal(row.end, round.end.kind);
      assert.equal(JSON.parse(row.text), round.emitted_text.join(''));
    });
    assert.equal(rows[3].end_p, '');
  });

  it('stays one line a round and no formula, whatever the tokens and names hold', () => {
    const hostile = '=cmd|"x",\r\n@1';
    const [round] = rounds;
    const csv = roundsCsv([
      { ...round, emitted_text: [hostile], budget: { ...round.budget, policy: '=1+1' } },
    ]);
    assert.equal(csv.trimEnd().split('\r\n').length, 2);
    const [row] = csvParse(csv);
    assert.equal(JSON.parse(row.text), hostile);
    assert.equal(row.text[0], '"');
    assert.equal(row.policy, "'=1+1");
  });
});
