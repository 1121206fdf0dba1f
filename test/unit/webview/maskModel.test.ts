import assert from 'node:assert/strict';
import { ancestorMask, DraftTreeBuilder } from '../../../src/decoding/draftTree';
import { maskOf } from '../../../webview/maskModel';
import { shownRounds } from '../../support/shownRounds';

const shown = shownRounds();

describe('maskOf', () => {
  it('is the mask that the target runs under, without pruned nodes', () => {
    for (const round of shown) {
      const kept = round.state.flatMap((state, node) => (state === 'pruned' ? [] : [node]));
      if (kept.length === 0) {
        assert.equal(maskOf(round), null);
        continue;
      }
      const draft = new DraftTreeBuilder();
      for (const node of kept) draft.add(kept.indexOf(round.parent[node]), node, 0, '');
      const expected = ancestorMask(draft.build());
      const { rows } = maskOf(round)!;
      assert.equal(rows.length, kept.length + 1);
      rows.forEach(({ sees }, row) => {
        const columns = rows.flatMap((_, column) =>
          expected[row * rows.length + column] === 1 ? [column] : [],
        );
        assert.deepEqual(sees, columns);
      });
    }
  });

  it('names each row by its node', () => {
    const { rows } = maskOf(shown[2])!;
    assert.deepEqual(
      rows.slice(0, 3).map(({ label, depth, mark, item }) => [label, depth, mark, item]),
      [
        ['root token', 0, 'bonus', { at: 'round', round: 2 }],
        ['·a', 1, 'accepted', { at: 'node', round: 2, node: 0 }],
        ['·sorted', 2, 'rejected', { at: 'node', round: 2, node: 1 }],
      ],
    );
  });
});
