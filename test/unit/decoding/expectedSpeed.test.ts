import assert from 'node:assert/strict';
import { CostModel } from '../../../src/decoding/costModel';
import { expectedSpeed } from '../../../src/decoding/expectedSpeed';

const costs = (first: number, each: number): CostModel =>
  new CostModel([1, 64].map((rows) => ({ rows, past: 0, us: first + each * (rows - 1) })));

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual / expected - 1) < 1e-9, `${actual} is not ${expected}`);

describe('the expected speed', () => {
  it('is plain decoding’s without a drafter, and where a row costs as much as a step', () => {
    near(expectedSpeed(costs(1000, 10), { offers: 0, acceptance: 0.9, levelTime: 0 }, 0), 1000);
    near(expectedSpeed(costs(1000, 1000), { offers: 1, acceptance: 0.9, levelTime: 0 }, 0), 1000);
  });

  it('is that of the best chain length, found by trying all', () => {
    for (const [each, acceptance, levelTime] of [
      [20, 0.5, 0],
      [50, 0.7, 0],
      [150, 0.8, 0],
      [50, 0.7, 0.1],
      [20, 0.8, 0.3],
    ]) {
      const ofLength = Array.from({ length: 33 }, (_, length) => {
        const tokens = (1 - acceptance ** (length + 1)) / (1 - acceptance);
        return (tokens / (1000 + (each + 1000 * levelTime) * length)) * 1e6;
      });
      near(expectedSpeed(costs(1000, each), { offers: 1, acceptance, levelTime }, 0), Math.max(...ofLength));
    }
  });

  it('is plain decoding’s where the drafter’s own time takes more than its tokens bring', () => {
    near(expectedSpeed(costs(1000, 10), { offers: 1, acceptance: 0.35, levelTime: 0.35 }, 0), 1000);
  });

  it('counts the rounds without an offer as plain ones', () => {
    // Free rows: drafts of 32 tokens in every second round.
    const tokens = (1 - 0.5 ** 33) / 0.5;
    const expected = { offers: 0.5, acceptance: 0.5, levelTime: 0 };
    near(expectedSpeed(costs(1000, 0), expected, 0), 1000 * (0.5 * tokens + 0.5));
  });
});
