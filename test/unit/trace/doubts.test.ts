import assert from 'node:assert/strict';
import { Doubts } from '../../../src/trace/doubts';
import { parseTrace } from '../../../src/trace/parse';
import type { Round, TraceSummary } from '../../../src/trace/schema';
import { recount, summarise } from '../../../src/trace/summary';
import { sampleTrace } from '../../support/sampleTrace';

const { header, rounds } = sampleTrace();
const summary = summarise(header, rounds, 'stop');

function doubts(some: readonly Round[], said: TraceSummary | null): string[] {
  const found = new Doubts();
  for (const round of some) found.add(round);
  return found.found(said, recount(header, some));
}

describe('doubts', () => {
  it('are none about a sound trace, whole or cut off', () => {
    assert.deepEqual(doubts(rounds, summary), []);
    assert.deepEqual(doubts(rounds, null), []);
  });

  const cases: [string, number, Partial<Round>, RegExp][] = [
    [
      'phases longer than their round',
      1,
      { t_us: { ...rounds[1].t_us, total: 10 } },
      /^In round 1 the phases/,
    ],
    ['a clock that goes back', 2, { start_us: 1 }, /^In round 2 the clock stands before/],
    [
      'a draft above its budget',
      2,
      { budget: { ...rounds[2].budget, nodes: 2 } },
      /^In round 2 the draft is larger/,
    ],
    [
      'a cache that ends elsewhere',
      3,
      { kv: { before: 99, after: 101 } },
      /^In round 3 the cache does not end/,
    ],
    [
      'probabilities that add up to too much',
      0,
      { target_top: [{ ...rounds[0].target_top[0], p: [0.9, 0.8] }] },
      /^In round 0 the probabilities/,
    ],
  ];
  for (const [name, index, change, sentence] of cases) {
    it(`name ${name}, and the trace still opens`, () => {
      const broken = rounds.map((round, i) => (i === index ? { ...round, ...change } : round));
      const lines = [header, ...broken, summary].map((line) => JSON.stringify(line));
      const found = parseTrace(`${lines.join('\n')}\n`, 't').doubts;
      assert.equal(found.length, 1, found.join(' '));
      assert.match(found[0], sentence);
    });
  }

  it('name a summary that its rounds do not bear out, and count the rounds that repeat a fault', () => {
    const wrong: TraceSummary = { ...summary, tokens: 99 };
    assert.deepEqual(doubts(rounds, wrong), [
      'The summary says 99 for `tokens`, its rounds 8; the rounds count.',
    ]);
    const late = rounds.map((round) => ({ ...round, kv: { before: 99, after: 100 } }));
    assert.match(doubts(late, summary)[0], /root token stands, and so in 3 more rounds\.$/);
  });
});
