import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DraftTreeBuilder, type DraftTree } from '../../../src/decoding/draftTree';
import { mergeDrafts } from '../../../src/decoding/mergeDrafts';
import { anyTree, pathTokens } from './toy';

function offer(source: string, ...nodes: (readonly [parent: number, token: number, probability: number])[]) {
  const tree = new DraftTreeBuilder();
  for (const [parent, token, q] of nodes) tree.add(parent, token, q, source);
  const draft = tree.build();
  return { draft, probability: draft.q };
}

describe('several drafts in one', () => {
  it('holds every path once, names all who proposed it, and the longest match', () => {
    const merged = mergeDrafts(
      [offer('suffix:3', [-1, 1, 0.6], [0, 2, 0.5]), offer('prompt-lookup:5', [-1, 1, 0.8], [0, 3, 0.9])],
      8,
    );
    assert.deepEqual([...merged.token], [1, 3, 2]);
    assert.deepEqual([...merged.parent], [-1, 0, 0]);
    assert.deepEqual([...merged.q], [0.8, 0.9, 0.5]);
    assert.deepEqual(merged.source, ['suffix+prompt-lookup:5', 'prompt-lookup:5', 'suffix:3']);
  });

  it('keeps the most probable nodes, and their ancestors with them', () => {
    const merged = mergeDrafts(
      [offer('a:1', [-1, 1, 0.3], [0, 2, 1]), offer('b:1', [-1, 3, 0.5], [0, 4, 0.5])],
      3,
    );
    assert.deepEqual([...merged.token], [3, 1, 2]);
    assert.deepEqual([...merged.parent], [-1, -1, 1]);
  });

  it('is one draft alone, as it was', () => {
    const alone = offer('a:1', [-1, 1, 0.9], [0, 2, 0.8], [0, 3, 0.1]);
    assert.deepEqual(mergeDrafts([alone], 8), alone.draft);
    assert.equal(mergeDrafts([], 8).token.length, 0);
    assert.equal(mergeDrafts([alone], 0).token.length, 0);
  });

  it('is the union of the paths by tokens, whatever is offered', () => {
    const paths = (draft: DraftTree) =>
      Array.from(draft.token, (_, node) => pathTokens(draft, node).join(' '));
    fc.assert(
      fc.property(fc.array(anyTree(3, 8), { maxLength: 3 }), (drafts) => {
        const offers = drafts.map((draft) => ({
          draft,
          probability: new Float64Array(draft.token.length).fill(0.5),
        }));
        const merged = mergeDrafts(offers, 64);
        const union = new Set(drafts.flatMap(paths));
        assert.deepEqual(new Set(paths(merged)), union);
        assert.equal(merged.token.length, union.size);
      }),
    );
  });
});
