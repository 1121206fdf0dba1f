import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ancestorMask,
  childrenOf,
  childWithToken,
  DraftTreeBuilder,
  EMPTY_DRAFT,
  keepNodes,
  rowPositions,
  rowTokens,
} from '../../../src/decoding/draftTree';
import { anyTree, treeOf } from './toy';

describe('draft tree', () => {
  //   root ─ 5 ─ 7 ─ 5
  //        └ 6 ─ 7
  const draft = treeOf([
    [-1, 5],
    [-1, 6],
    [0, 7],
    [1, 7],
    [2, 5],
  ]);

  it('counts depth from the root token', () => {
    assert.deepEqual([...draft.depth], [1, 1, 2, 2, 3]);
  });

  it('does not take a token twice under one parent, but does under another', () => {
    const builder = new DraftTreeBuilder();
    const first = builder.add(-1, 4, 0.5, 'a');
    assert.equal(builder.add(-1, 4, 0.1, 'b'), first);
    const below = builder.add(first, 4, 0.2, 'b');
    assert.notEqual(below, first);
    const built = builder.build();
    assert.equal(builder.size, 2);
    assert.deepEqual([...built.q], [0.5, 0.2]);
    assert.deepEqual(built.source, ['a', 'b']);
  });

  it('has the root token as row 0', () => {
    assert.deepEqual([...rowTokens(draft, 9)], [9, 5, 6, 7, 7, 5]);
    assert.deepEqual([...rowPositions(draft, 100)], [100, 101, 101, 102, 102, 103]);
    assert.deepEqual([...rowTokens(EMPTY_DRAFT, 9)], [9]);
    assert.deepEqual([...rowPositions(EMPTY_DRAFT, 100)], [100]);
    assert.deepEqual([...ancestorMask(EMPTY_DRAFT)], [1]);
  });

  it('lets a row see itself and its ancestors, nothing else', () => {
    assert.deepEqual(
      [...ancestorMask(draft)],
      [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 0, 1, 0, 0, 0],
        [1, 1, 0, 1, 0, 0],
        [1, 0, 1, 0, 1, 0],
        [1, 1, 0, 1, 0, 1],
      ].flat(),
    );
    fc.assert(
      fc.property(anyTree(5), (tree) => {
        const rows = tree.token.length + 1;
        const mask = ancestorMask(tree);
        for (let row = 0; row < rows; row++) {
          const visible = new Set<number>();
          for (let at = row; at >= 0; at = at === 0 ? -1 : tree.parent[at - 1] + 1) visible.add(at);
          for (let column = 0; column < rows; column++) {
            assert.equal(mask[row * rows + column] === 1, visible.has(column));
          }
        }
      }),
    );
  });

  it('finds children, and a child by its token', () => {
    assert.equal(childWithToken(draft, -1, 6), 1);
    assert.equal(childWithToken(draft, 1, 7), 3);
    assert.equal(childWithToken(draft, 1, 5), -1);
    for (let node = -1; node < draft.token.length; node++) {
      const naive = [...draft.parent.keys()].filter((child) => draft.parent[child] === node);
      assert.deepEqual(childrenOf(draft, node), naive);
    }
    assert.deepEqual(childrenOf(EMPTY_DRAFT, -1), []);
  });

  it('keeps with nodes the laws of their rows', () => {
    const laws = [0, 1, 2, 3, 4, 5].map((row) => (row < 4 ? Float64Array.of(row) : null));
    const kept = keepNodes({ ...draft, laws }, [1, 3]);
    assert.deepEqual(kept.laws, [laws[0], laws[2], laws[4]]);
    assert.equal('laws' in keepNodes(draft, [1]), false);
  });
});
