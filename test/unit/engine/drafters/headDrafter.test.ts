import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eagleTreeShape } from '../../../../src/decoding/eagleTree';
import { bestTreeShape } from '../../../../src/decoding/treeShape';
import { clover } from '../../../../src/engine/drafters/clover';
import { eagle } from '../../../../src/engine/drafters/eagle';
import { besides, pathTokens, plainSettings, softmax, toyTarget } from '../../decoding/toy';
import { budgetOf, contextOf, offerAfter, start } from './drafting';
import { ToyHead } from './toyHead';
import { speculate } from './toyLoop';

const VOCABULARY = 6;
const TEXT = [2, 0, 3];
const target = toyTarget(VOCABULARY, 20);
const drawn = { ...plainSettings, temperature: 0.9, topK: 4, seed: 5 };

describe('a drafter with a head', () => {
  it('has one run of the head a level at most, of whatever levels it has', () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(clover, eagle),
        fc.constantFrom('dynamic' as const, 'static' as const),
        fc.constantFrom({ ...plainSettings, temperature: 0 }, drawn),
        fc.constantFrom(2, 4, null),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (entry, headTree, settings, levels, nodes, depth) => {
          const head = new ToyHead(target, levels);
          const drafter = await entry.create(contextOf({ head, headTree, settings }));
          const draft = await offerAfter(drafter, TEXT, budgetOf(nodes, depth));
          const deepest = Math.min(depth, levels ?? depth);
          assert.ok(Math.max(...draft.depth) <= deepest);
          assert.ok(head.runs.length <= deepest);
          draft.source.forEach((source, node) =>
            assert.equal(source, `${entry.description.id}:${draft.depth[node]}`),
          );
        },
      ),
    ));

  it('drafts above temperature 0 what the target draws, where both think alike', async () => {
    for (const headTree of ['dynamic', 'static'] as const) {
      const drafter = await eagle.create(contextOf({ head: new ToyHead(target), headTree, settings: drawn }));
      const { rounds } = await speculate(drafter, target, drawn, TEXT, 40, { nodes: 6, depth: 3 });
      for (const { draft, walk } of rounds) {
        if (draft.token.length > 0) assert.equal(walk.acceptedPath.length, Math.max(...draft.depth));
      }
    }
  });

  it('makes its trees wider above temperature 0 where other ranks are taken than the first', async () => {
    const near = besides(target, toyTarget(VOCABULARY, 21));
    const drafter = await eagle.create(contextOf({ head: new ToyHead(near), settings: drawn }));
    const { rounds } = await speculate(drafter, target, drawn, TEXT, 300, { nodes: 4, depth: 4 });
    const first = rounds[0].draft.depth.filter((depth) => depth === 1).length;
    const last = rounds.slice(-40).map(({ draft }) => draft.depth.filter((depth) => depth === 1).length);
    assert.ok(Math.max(...last) > first);
  });

  it('leaves out what does not bring its price', async () => {
    const head = new ToyHead(target);
    const drafter = await eagle.create(contextOf({ head }));
    const priced = (node: number, level: number) => ({ ...budgetOf(12, 4), price: { node, level, time: 0 } });
    const whole = await offerAfter(drafter, TEXT, priced(0.3, 0));
    const law = (path: readonly number[]) => softmax(target([...TEXT, ...path]));
    const all = Array.from(await offerAfter(drafter, TEXT, priced(0, 0)).then(({ token }) => token));
    assert.ok(whole.token.length < all.length);
    whole.token.forEach((_, node) => {
      const path = pathTokens(whole, node);
      const probability = path.reduce((product, token, i) => product * law(path.slice(0, i))[token], 1);
      assert.ok(probability >= 0.3);
    });
    head.runs.length = 0;
    assert.equal(Math.max(...(await offerAfter(drafter, TEXT, priced(0, 1.01))).depth), 1);
    assert.deepEqual(head.runs, [1]);
  });

  it('fills the tree that promised most in training, where a static one is asked for', async () => {
    const hitRate = [
      [0.5, 0.8, 0.9],
      [0.3, 0.4, 0.45],
    ];
    const head = new ToyHead(target, 2, { hitRate });
    const drafter = await eagle.create(contextOf({ head, headTree: 'static' }));
    const draft = await offerAfter(drafter, TEXT, budgetOf(5, 4));
    const rates = [
      [0.5, 0.3, 0.1],
      [0.3, 0.1, 0.05],
    ];
    const shape = bestTreeShape(rates, { nodes: 5, depth: 2 }, 0);
    const ranked = (path: readonly number[]) => {
      const law = softmax(target([...TEXT, ...path]));
      return [...law.keys()].sort((a, b) => law[b] - law[a]);
    };
    const pathOf = (place: number): number[] => {
      if (place < 0) return [];
      const above = pathOf(shape.parent[place]);
      return [...above, ranked(above)[shape.rank[place]]];
    };
    const paths = [...draft.token.keys()].map((node) => pathTokens(draft, node).join(' '));
    assert.deepEqual(paths.sort(), shape.parent.map((_, place) => pathOf(place).join(' ')).sort());
  });

  it('fills EAGLE-1’s tree in every round, where a static one is asked for and the head tells no rates', async () => {
    // A head that is often wrong about the first rank: a shape by the ranks taken would change.
    const near = besides(target, toyTarget(VOCABULARY, 21));
    const shape = eagleTreeShape({ nodes: 8, depth: 4 });
    for (const settings of [
      { ...plainSettings, temperature: 0 },
      { ...drawn, topK: 0 },
    ]) {
      const drafter = await eagle.create(
        contextOf({ head: new ToyHead(near), headTree: 'static', settings }),
      );
      const { rounds } = await speculate(drafter, target, settings, TEXT, 200, { nodes: 8, depth: 4 });
      // The last rounds draft less: the text ends.
      const before = rounds.slice(0, -5);
      assert.ok(before.length > 20);
      for (const {
        draft: { parent, depth },
      } of before) {
        assert.deepEqual([...parent], shape.parent);
        assert.deepEqual([...depth], shape.depth);
      }
    }
  });

  it('fails loudly without the states that it reads', async () => {
    const drafter = await eagle.create(contextOf({ head: new ToyHead(target) }));
    await start(drafter, TEXT);
    const { rounds } = await speculate(drafter, target, { ...plainSettings, temperature: 0 }, TEXT, 2, {
      nodes: 2,
      depth: 2,
    });
    const [{ walk, scored, draft }] = rounds;
    const blind = { ...scored, states: undefined };
    await assert.rejects(async () => drafter.commit(walk, blind, draft), /EAGLE was not given the states/);
  });
});
