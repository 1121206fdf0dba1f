import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fixedPolicy, MOST_NODES, type Budget, type BudgetPolicy } from '../../../src/decoding/budget';
import { costAwarePolicy } from '../../../src/decoding/costAware';
import { CostModel } from '../../../src/decoding/costModel';
import { Experience } from '../../../src/decoding/experience';
import { DraftTreeBuilder, type DraftTree } from '../../../src/decoding/draftTree';
import { keyedUniform } from '../../../src/decoding/random';
import { reasonText } from '../../../src/decoding/reason';

/** A chain of nodes with these `q`. */
function chain(source: string, ...q: number[]): DraftTree {
  const builder = new DraftTreeBuilder();
  q.forEach((value, i) => builder.add(i - 1, 100 + i, value, source));
  return builder.build();
}

/** A forward over n rows costs `first + each * (n - 1)` microseconds. */
const costs = (first: number, each: number): CostModel =>
  new CostModel([1, 64].map((rows) => ({ rows, past: 0, us: first + each * (rows - 1) })));

const times = (verify: number, total = verify, draft = 0) => ({ draft, verify, sample: 0, commit: 0, total });
const limits = { nodes: 16, depth: 16 };

describe('the cost-aware policy', () => {
  it('verifies everything where more rows cost nothing', () => {
    const trimmed = costAwarePolicy(costs(1000, 0), limits).trim(chain('suffix:9', 0.9, 0.5, 0.1), 10);
    assert.deepEqual(trimmed.kept, [0, 1, 2]);
  });

  it('verifies nothing where a row costs as much as a step', () => {
    const trimmed = costAwarePolicy(costs(1000, 1000), limits).trim(chain('suffix:9', 0.9, 0.9), 10);
    assert.deepEqual(trimmed.kept, []);
    assert.equal(trimmed.draft.token.length, 0);
    assert.match(reasonText(trimmed.why), /^0 of 2 offered/);
  });

  it('cuts where the next node costs more than it brings', () => {
    // Of what is promised four fifths are believed: chances of 0.72, 0.52, 0.37 and 0.03. A node costs 5 % of a step.
    const policy = costAwarePolicy(costs(1000, 50), limits);
    assert.deepEqual(policy.trim(chain('suffix:9', 0.9, 0.9, 0.9, 0.1), 10).kept, [0, 1, 2]);
  });

  it('keeps a tree: every kept node has its parent, whatever is offered and costs', () => {
    const offers = fc
      .array(fc.tuple(fc.nat(), fc.nat(30), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 20 })
      .map((nodes) => {
        const builder = new DraftTreeBuilder();
        for (const [at, token, q] of nodes) builder.add((at % (builder.size + 1)) - 1, token, q, 'suffix:3');
        return builder.build();
      });
    fc.assert(
      fc.property(offers, fc.nat(300), (offer, each) => {
        const { kept, draft } = costAwarePolicy(costs(1000, each), limits).trim(offer, 10);
        assert.deepEqual(
          [...draft.token],
          kept.map((node) => offer.token[node]),
        );
        kept.forEach((node, i) => {
          const parent = draft.parent[i] < 0 ? -1 : kept[draft.parent[i]];
          assert.equal(parent, offer.parent[node]);
          assert.ok(draft.parent[i] < i);
        });
      }),
    );
  });

  it('stops drafting when the guesses prove worthless, and no earlier', () => {
    const policy = costAwarePolicy(costs(1000, 200), limits);
    const offer = chain('suffix:2', 0.9);
    let drafted = 0;
    for (let round = 0; round < 50; round++) {
      const { draft } = policy.trim(offer, 10);
      drafted += draft.token.length;
      const verify = times(1000 + 200 * draft.token.length);
      policy.observe({ offer, draft, emitted: [7], past: 10, times: verify });
    }
    assert.ok(drafted >= 3 && drafted <= 25, `${drafted} rounds drafted`);
  });

  it('takes up again what it had given up, once the text proves it right', () => {
    const policy = costAwarePolicy(costs(1000, 200), limits);
    const offer = chain('suffix:2', 0.9);
    const round = (emitted: readonly number[]) => {
      const { draft } = policy.trim(offer, 10);
      const verify = times(1000 + 200 * draft.token.length);
      policy.observe({ offer, draft, emitted, past: 10, times: verify });
      return draft.token.length;
    };
    for (let i = 0; i < 50; i++) round([7]);
    assert.equal(round([7]), 0);
    for (let i = 0; i < 50; i++) round([100, 8]);
    assert.equal(round([100, 8]), 1);
  });

  it('counts what a round costs beside its forward: it makes drafting worth more', () => {
    const offer = chain('suffix:2', 0.25);
    const lean = costAwarePolicy(costs(1000, 300), limits);
    const heavy = costAwarePolicy(costs(1000, 300), limits);
    for (let round = 0; round < 5; round++) {
      const empty = chain('none');
      const outcome = { offer: empty, draft: empty, emitted: [7], past: 10 };
      lean.observe({ ...outcome, times: times(1000) });
      heavy.observe({ ...outcome, times: times(1000, 3000) });
    }
    assert.equal(lean.trim(offer, 10).kept.length, 0);
    assert.equal(heavy.trim(offer, 10).kept.length, 1);
  });

  it('asks a node to raise the speed of the whole: what pays beside plain steps no longer does beside good rounds', () => {
    // A node costs 30 % of a step and promises 0.4 tokens.
    const offer = chain('a:1', 0.5);
    const policy = costAwarePolicy(costs(1000, 300), limits);
    assert.equal(policy.trim(offer, 10).kept.length, 1);
    const good = chain('b:1', 1, 1, 1, 1);
    for (let i = 0; i < 40; i++) {
      const verify = times(2200);
      policy.observe({ offer: good, draft: good, emitted: [100, 101, 102, 103, 8], past: 10, times: verify });
    }
    assert.equal(policy.trim(offer, 10).kept.length, 0);
  });

  it('names what a node must promise: its time at the pace of plain decoding, at least', () => {
    const { price } = costAwarePolicy(costs(1000, 40), limits).next({ remaining: 99, past: 0 });
    assert.ok(Math.abs(price.node - 0.04) < 1e-9);
    assert.equal(price.level, 0);
  });

  it('begins a generation with what earlier ones taught', () => {
    const experience = new Experience();
    const offer = chain('suffix:2', 0.9);
    const first = costAwarePolicy(costs(1000, 200), limits, { divisible: true, experience });
    assert.equal(first.trim(offer, 10).kept.length, 1);
    for (let i = 0; i < 50; i++) {
      first.observe({ offer, draft: offer, emitted: [7], past: 10, times: times(1200) });
    }
    const second = costAwarePolicy(costs(1000, 200), limits, { divisible: true, experience });
    assert.equal(second.trim(offer, 10).kept.length, 0);
  });

  it('never lets a round pass the tokens that are left', () => {
    const policy = costAwarePolicy(costs(1000, 0), limits);
    assert.equal(policy.next({ remaining: 1, past: 0 }).nodes, 0);
    assert.equal(policy.next({ remaining: 4, past: 0 }).depth, 3);
    assert.equal(policy.next({ remaining: 1000, past: 0 }).depth, 16);
  });
});

describe('the cost-aware policy, of a drafter whose own time counts', () => {
  /** Each level takes `level` microseconds; the first `right` tokens are what the target writes. */
  const run = (level: number, right: (round: number) => number, rounds: number) => {
    const policy = costAwarePolicy(costs(1000, 20), limits);
    const budgets: Budget[] = [];
    for (let round = 0; round < rounds; round++) {
      const budget = policy.next({ remaining: 1000, past: 10 });
      budgets.push(budget);
      const offer = chain('model', ...new Array<number>(budget.depth).fill(0.9));
      const { draft } = policy.trim(offer, 10);
      const accepted = Math.min(draft.token.length, right(round));
      const emitted = [...draft.token.subarray(0, accepted), 7];
      const verify = 1000 + 20 * draft.token.length;
      const drafting = level * budget.depth;
      policy.observe({ offer, draft, emitted, past: 10, times: times(verify, verify + drafting, drafting) });
    }
    return budgets;
  };

  it('asks for the depth that pays, and prices a level', () => {
    const budgets = run(100, () => 3, 200);
    const last = budgets.at(-1)!;
    assert.ok(last.depth >= 3 && last.depth <= 5, `${last.depth}`);
    assert.match(reasonText(last.why), /pays/);
  });

  it('leaves one that weighs its time to itself, and tells it what time is worth', () => {
    const policy = costAwarePolicy(costs(1000, 40), limits, {
      divisible: true,
      weighsTime: true,
      experience: new Experience(),
    });
    const offer = chain('head:1', 0.9);
    for (let round = 0; round < 40; round++) {
      const { depth, price } = policy.next({ remaining: 99, past: 0 });
      assert.equal(depth, limits.depth);
      assert.ok(Math.abs(price.time - 1 / 1000) < 1e-9);
      assert.equal(price.level, 0);
      policy.observe({ offer, draft: chain('none'), emitted: [7], past: 0, times: times(1000, 4000, 3000) });
    }
  });

  it('stops where drafting costs more than it brings, and tries again for a hundredth of the time', () => {
    const budgets = run(900, () => 0, 400);
    const tried = budgets.flatMap(({ depth }, round) => (depth > 0 ? [round] : []));
    const late = tried.filter((round) => round >= 100);
    assert.ok(late.length >= 1 && late.length <= 4, late.join(' '));
    late.forEach((round) =>
      assert.deepEqual(
        [budgets[round].depth, reasonText(budgets[round].why)],
        [1, 'trying whether drafting pays now'],
      ),
    );
    assert.equal(reasonText(budgets.at(-2)!.why), 'drafting does not pay here');
  });

  it('counts of a wide tree the part that pays, not all of it', () => {
    // Ten first tokens for a tenth of a step, of which the best is right in six rounds of ten and the others never.
    const policy = costAwarePolicy(costs(1000, 150), limits);
    let asked = 0;
    for (let round = 0; round < 200; round++) {
      const { depth } = policy.next({ remaining: 1000, past: 10 });
      if (depth > 0) asked++;
      const builder = new DraftTreeBuilder();
      if (depth > 0) for (let i = 0; i < 10; i++) builder.add(-1, 100 + i, i === 0 ? 0.6 : 0.04, 'head:1');
      const offer = builder.build();
      const { draft } = policy.trim(offer, 10);
      const hit = draft.token.length > 0 && keyedUniform(3, round) < 0.6;
      const verify = 1000 + 150 * draft.token.length;
      const drafting = depth > 0 ? 100 : 0;
      const spent = times(verify, verify + drafting, drafting);
      policy.observe({ offer, draft, emitted: hit ? [100, 7] : [7], past: 10, times: spent });
    }
    assert.ok(asked > 150, `${asked}`);
  });

  it('takes drafting up again when it has become worth it', () => {
    const budgets = run(200, (round) => (round < 200 ? 0 : 6), 1500);
    assert.ok(budgets.slice(150, 200).filter(({ depth }) => depth > 0).length <= 3);
    assert.ok(budgets.at(-1)!.depth >= 4);
  });
});

describe('the cost-aware policy against fixed sizes, at the same luck', () => {
  /** v(T) of the int8 form on two cores, and one on which rows are cheaper. */
  const machines = { dear: [1, 1.2, 1.31, 1.7, 2.33], cheap: [1, 1.1, 1.2, 1.4, 1.8] };
  const model = (v: readonly number[]) =>
    new CostModel(v.map((us, i) => ({ rows: 2 ** i, past: 0, us: 1000 * us })));

  /** Microseconds a token where a drafter of chains foresees the tokens at which `isForeseen`, in every draft. */
  const pace = (policy: BudgetPolicy, v: readonly number[], isForeseen: (position: number) => boolean) => {
    const cost = model(v);
    const [wrong, tokens] = [0, 600];
    let us = 0;
    let at = 0;
    while (at < tokens) {
      const { nodes } = policy.next({ remaining: 10_000, past: at });
      const builder = new DraftTreeBuilder();
      for (let i = 0; i < Math.min(8, nodes); i++) {
        builder.add(i - 1, isForeseen(at + i) ? at + i + 1 : wrong, NaN, 'lookup:2');
      }
      const offer = builder.build();
      const { draft } = policy.trim(offer, at);
      const miss = draft.token.indexOf(wrong);
      const accepted = miss < 0 ? draft.token.length : miss;
      const emitted = Array.from({ length: accepted + 1 }, (_, i) => at + i + 1);
      const verify = cost.estimate(draft.token.length + 1, at);
      policy.observe({ offer, draft, emitted, past: at, times: times(verify) });
      us += verify;
      at += emitted.length;
    }
    return us / at;
  };
  const limitsOf = (nodes: number) => ({ nodes, depth: nodes });
  const bestFixed = (v: readonly number[], isForeseen: (position: number) => boolean) =>
    Math.min(...[0, 1, 2, 3, 4, 8].map((nodes) => pace(fixedPolicy(limitsOf(nodes)), v, isForeseen)));
  const luck = (seed: number, p: (position: number) => number) => (position: number) =>
    keyedUniform(seed, position) < p(position);

  for (const [machine, v] of Object.entries(machines)) {
    for (const p of [0, 0.1, 0.3, 0.5, 0.7, 0.9]) {
      it(`comes near the best of them where ${p} of the guesses are right, rows being ${machine}`, () => {
        const isForeseen = luck(11, () => p);
        const own = pace(costAwarePolicy(model(v), limitsOf(8)), v, isForeseen);
        assert.ok(bestFixed(v, isForeseen) / own >= 0.95, `${bestFixed(v, isForeseen) / own}`);
        assert.ok(1000 / own >= 0.98, `${1000 / own}`);
      });
    }

    it(`is faster than any of them where the text changes its kind, rows being ${machine}`, () => {
      const isForeseen = luck(12, (position) => (position % 300 < 150 ? 0.05 : 0.9));
      const own = pace(costAwarePolicy(model(v), limitsOf(8)), v, isForeseen);
      assert.ok(bestFixed(v, isForeseen) / own >= 1, `${bestFixed(v, isForeseen) / own}`);
    });
  }
});

describe('the cost-aware policy, of drafts that cannot be cut', () => {
  /** A draft of n nodes brings `yields(n)` tokens. */
  const run = (
    each: number,
    yields: (nodes: number) => number,
    rounds: number,
    experience = new Experience(),
  ) => {
    const policy = costAwarePolicy(costs(1000, each), limits, { divisible: false, experience });
    return Array.from({ length: rounds }, () => {
      const { nodes } = policy.next({ remaining: 1000, past: 10 });
      const draft = chain('window', ...new Array<number>(nodes).fill(NaN));
      assert.deepEqual(policy.trim(draft, 10).kept, [...draft.token.keys()]);
      const emitted = new Array<number>(1 + (nodes === 0 ? 0 : yields(nodes))).fill(1);
      policy.observe({ offer: draft, draft, emitted, past: 10, times: times(1000 + each * nodes) });
      return nodes;
    });
  };
  const most = (sizes: readonly number[]) => {
    const count = (size: number) => sizes.filter((other) => other === size).length;
    return [...new Set(sizes)].sort((a, b) => count(b) - count(a))[0];
  };

  it('finds the size that pays best', () => {
    assert.equal(most(run(50, (nodes) => (nodes >= 4 ? 2 : 0), 200).slice(50)), 4);
    assert.equal(most(run(5, (nodes) => Math.floor(nodes / 4), 200).slice(50)), 16);
  });

  it('drafts nothing where no size pays, but for a try now and then', () => {
    const sizes = run(300, () => 0, 300);
    assert.equal(most(sizes.slice(50)), 0);
    assert.ok(sizes.slice(50).some((nodes) => nodes > 0));
    assert.ok(sizes.slice(50).filter((nodes) => nodes > 0).length <= 15);
  });

  it('knows at once what an earlier generation found', () => {
    const experience = new Experience();
    run(50, (nodes) => (nodes >= 4 ? 2 : 0), 300, experience);
    assert.equal(most(run(50, (nodes) => (nodes >= 4 ? 2 : 0), 8, experience)), 4);
  });

  it('follows no budget beyond what v(T) is measured up to', () => {
    for (const divisible of [true, false]) {
      const vast = { nodes: 2 ** 31, depth: 2 ** 31 };
      const policy = costAwarePolicy(costs(1000, 0), vast, { divisible, experience: new Experience() });
      const { nodes, depth } = policy.next({ remaining: 2 ** 31, past: 0 });
      assert.ok(nodes <= MOST_NODES && depth <= MOST_NODES);
    }
  });

  it('keeps within the tokens that are left', () => {
    const policy = costAwarePolicy(costs(1000, 0), limits, {
      divisible: false,
      experience: new Experience(),
    });
    assert.equal(policy.next({ remaining: 1, past: 0 }).nodes, 0);
    assert.ok(policy.next({ remaining: 3, past: 0 }).depth <= 2);
  });
});
