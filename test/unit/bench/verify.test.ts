import assert from 'node:assert/strict';
import { verifyReport } from '../../../bench/commands/verify';

describe('verifyReport', () => {
  it('takes v(T) within each round, and its median over the rounds', () => {
    const round = (slow: number, sixteen: number) => ({
      int8: [1, 1.1, 1.2, 1.4, sixteen, 3, 5].map((v) => v * slow),
      'llama.cpp, 2 threads': [1, 2, 3, 4, 5, 10, 20].map((v) => v * slow),
    });
    const { figures, rows } = verifyReport(
      new Map([[512, [round(9000, 1.5), round(90_000, 1.75), round(9000, 2)]]]),
    );
    assert.equal(figures['verify.v16'], 1.75);
    assert.equal(figures['verify.int8.512.v16'], 1.75);
    assert.equal(figures['verify.llamaCpp2.512.v64'], 20);
    assert.deepEqual(rows[1], {
      contestant: 'llama.cpp, 2 threads',
      context: 512,
      'T1 (ms)': '9.0',
      T2: '2.00',
      T4: '3.00',
      T8: '4.00',
      T16: '5.00',
      T32: '10.00',
      T64: '20.00',
    });
  });
});
