import assert from 'node:assert/strict';
import { pushRound, roundColumns } from '../../../src/trace/roundColumns';
import { momentAt, timeOf } from '../../../webview/moment';
import { rounds } from '../../support/rounds';

const columns = roundColumns();
for (const round of rounds) pushRound(columns, round);

describe('a moment of the record', () => {
  it('is what had happened when the recorded clock stood there', () => {
    for (const { index, start_us, t_us } of rounds) {
      const verify = start_us + t_us.total - t_us.verify - t_us.sample - t_us.commit;
      const end = start_us + t_us.total;
      const at = (us: number) => momentAt(columns, us);
      assert.deepEqual(at(start_us + 1), { rounds: index, drafted: false });
      assert.deepEqual(at(verify + 1), { rounds: index, drafted: true });
      assert.deepEqual(at(end - 1), { rounds: index, drafted: true });
      assert.equal(at(end + 1).rounds, index + 1);
    }
    assert.deepEqual(momentAt(columns, 0), { rounds: 0, drafted: false });
    assert.deepEqual(momentAt(columns, Infinity), { rounds: rounds.length, drafted: false });
    assert.deepEqual(momentAt(roundColumns(), 5), { rounds: 0, drafted: false });
  });

  it('is at a time at which it is the moment', () => {
    rounds.forEach((_, n) => {
      for (const drafted of [false, true]) {
        const moment = { rounds: n, drafted };
        assert.deepEqual(momentAt(columns, timeOf(columns, moment)), moment);
      }
    });
    assert.equal(timeOf(columns, { rounds: 0, drafted: false }), rounds[0].start_us);
    assert.equal(timeOf(roundColumns(), { rounds: 0, drafted: false }), 0);
  });
});
