import assert from 'node:assert/strict';
import { DraftTreeBuilder, type DraftTree } from '../../../../src/decoding/draftTree';
import type { Drafter } from '../../../../src/engine/drafter';
import { BestOfDrafter, bestOf, withSuffix } from '../../../../src/engine/drafters/bestOf';
import { eagle } from '../../../../src/engine/drafters/eagle';
import { suffix } from '../../../../src/engine/drafters/suffix';
import { plainSettings, type ToyTarget } from '../../decoding/toy';
import { budgetOf, commit, emptyMemory, offerAfter, contextOf } from './drafting';
import { speculate } from './toyLoop';

/** A drafter that proposes chains by a rule, and keeps account of what it is told. */
class Scripted implements Drafter {
  readonly told: string[] = [];

  constructor(
    private readonly source: string,
    private readonly next: (last: number) => number,
    private readonly q = NaN,
    readonly description = bestOf.description,
  ) {}

  reset(tokens: readonly number[]): Promise<void> {
    this.told.push(`reset ${tokens.join(' ')}`);
    return Promise.resolve();
  }

  propose(
    { tokens }: { tokens: readonly number[] },
    { nodes, depth }: { nodes: number; depth: number },
  ): Promise<DraftTree> {
    const tree = new DraftTreeBuilder();
    let last = tokens[tokens.length - 1];
    for (let i = 0; i < Math.min(nodes, depth); i++)
      tree.add(i - 1, (last = this.next(last)), this.q, this.source);
    return Promise.resolve(tree.build());
  }

  commit(...[walk, , draft]: Parameters<Drafter['commit']>): void {
    this.told.push(`commit ${walk.emitted.join(' ')} after ${draft.source[0]}`);
  }

  dispose(): void {
    this.told.push('dispose');
  }
}

/** Counts up to 9 and begins again. */
const counting: ToyTarget = (context) => {
  const logits = new Float32Array(10);
  logits[(context[context.length - 1] + 1) % 10] = 1;
  return logits;
};

const best = (members: readonly Drafter[]) => new BestOfDrafter(bestOf.description, members);
const right = (last: number) => (last + 1) % 10;
const wrong = (last: number) => (last + 2) % 10;

describe('the best of several drafters', () => {
  const run = (members: Drafter[]) =>
    speculate(best(members), counting, { ...plainSettings, temperature: 0 }, [0], 60, {
      nodes: 4,
      depth: 4,
    });

  it('takes what promises most from all, the first of two alike, and nothing where nobody offers', async () => {
    const take = async (nodes: number, ...members: Drafter[]) =>
      (await offerAfter(best(members), [0], budgetOf(nodes))).source;
    const [low, high] = [new Scripted('low', right, 0.3), new Scripted('high', wrong, 0.6)];
    assert.deepEqual(await take(1, low, high), ['high']);
    assert.deepEqual(await take(4, low, high), ['high', 'low', 'high', 'high']);
    assert.deepEqual(await take(1, new Scripted('first', right), new Scripted('second', wrong)), ['first']);
    assert.deepEqual(await take(1, new Scripted('one:2', right), new Scripted('two:3', right)), [
      'one+two:3',
    ]);
    assert.deepEqual(await take(0, new Scripted('none', right)), []);
  });

  it('finds the drafter that is right without having tried it, and one that was right until now', async () => {
    const { rounds } = await run([new Scripted('wrong:1', wrong, 0.9), new Scripted('right:1', right)]);
    const sources = rounds.map(({ draft }) => draft.source[0]);
    assert.equal(sources[0], 'wrong:1');
    assert.ok(sources.slice(8).every((source) => source === 'right:1'));

    let turn = 0;
    const turning = new Scripted('turning:1', (last) => (turn++ < 40 ? right(last) : wrong(last)));
    const late = await run([
      turning,
      new Scripted('steady:1', (last) => (last < 8 ? right(last) : wrong(last))),
    ]);
    const taken = late.rounds.map(({ draft }) => draft.source[0]);
    assert.equal(taken[3], 'turning+steady:1');
    assert.equal(taken.at(-2), 'steady:1');
  });

  it('tells every drafter of every round, and whose draft it was', async () => {
    const one = new Scripted('one:1', right);
    const two = new Scripted('two:1', wrong, 0.1);
    const drafter = best([one, two]);
    await drafter.reset([7]);
    await drafter.propose({ tokens: [7] }, budgetOf(2));
    await commit(drafter, [8]);
    await drafter.dispose();
    assert.deepEqual(one.told, ['reset 7', 'commit 8 after undefined', 'dispose']);
    assert.deepEqual(two.told, one.told);
    const { rounds } = await run([one, two]);
    assert.ok(two.told.includes(`commit ${rounds[0].walk.emitted.join(' ')} after one:1`));
  });

  it('asks one whose time counts as deep as it adds to the others, and seldom where it adds nothing', async () => {
    const budget = { ...budgetOf(4, 3), price: { node: 0.01, level: 0, time: 0.001 } };
    const asks = async (free: (last: number) => number, us: number, rounds: number) => {
      let now = 0;
      const asked: number[] = [];
      const head = new Scripted('head', right, 0.9, withSuffix(eagle).description);
      const propose = head.propose.bind(head);
      head.propose = (state, allowed) => {
        asked.push(allowed.depth);
        now += us * allowed.depth;
        return propose(state, allowed);
      };
      const drafter = new BestOfDrafter(
        bestOf.description,
        [new Scripted('free', free, 0.9), head],
        () => now,
      );
      await drafter.reset([0]);
      let tokens = [0];
      for (let round = 0; round < rounds; round++) {
        await drafter.propose({ tokens }, budget);
        const last = tokens[tokens.length - 1];
        const emitted = [1, 2, 3, 4].map((more) => (last + more) % 10);
        await commit(drafter, emitted);
        tokens = [...tokens, ...emitted];
      }
      return asked;
    };
    // A level takes a fifth of what a token is worth.
    const always = await asks(wrong, 200, 40);
    assert.equal(always.length, 40);
    assert.deepEqual(always.slice(-20), new Array(20).fill(3));
    const seldom = await asks(right, 200, 100);
    assert.ok(seldom.length < 20, `asked in ${seldom.length} of 100 rounds`);
    assert.equal(seldom.at(-1), 1);
    // Its first token costs more than it brings.
    assert.ok((await asks(wrong, 1200, 100)).length < 20);
  });

  it('begins every generation without an opinion', async () => {
    const drafter = best([new Scripted('wrong:1', wrong), new Scripted('right:1', right)]);
    const settings = { ...plainSettings, temperature: 0 };
    await speculate(drafter, counting, settings, [0], 60, { nodes: 4, depth: 4 });
    assert.equal((await offerAfter(drafter, [0], budgetOf(4))).source[0], 'wrong:1');
  });

  it('keeps the proposer’s name in the draft, and shares its memory with it', async () => {
    const memory = emptyMemory();
    const drafter = await bestOf.create(contextOf({ memory }));
    await drafter.reset([9]);
    await commit(drafter, [1, 2, 3, 4]);
    await drafter.dispose();
    for (const entry of [bestOf, suffix]) {
      const draft = await offerAfter(await entry.create(contextOf({ memory })), [1, 2], budgetOf(4));
      assert.deepEqual(draft.source, ['suffix-global:2', 'suffix-global:2']);
    }
  });
});
