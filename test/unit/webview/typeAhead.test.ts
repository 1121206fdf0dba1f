import assert from 'node:assert/strict';
import { itemId, parseItemId } from '../../../src/trace/item';
import { TypeAhead } from '../../../webview/typeAhead';
import { shownRounds, walkable } from '../../support/shownRounds';

const rounds = shownRounds();
const record = walkable(rounds, (round, node) => round.state[node] !== 'pruned');

/** Where a text typed without a pause leads from an item, key by key. */
function type(text: string, from: string): string[] {
  const typing = new TypeAhead();
  let item = parseItemId(from)!;
  return [...text].map((key, i) => {
    item = typing.move(key, item, record, i) ?? item;
    return itemId(item);
  });
}

/** The label of what is there. */
const label = (id: string) => {
  const item = parseItemId(id)!;
  assert.ok(item.at !== 'round');
  const round = rounds[item.round];
  return item.at === 'node' ? round.text[item.node] : round.emitted.at(-1)!.text;
};

describe('typing in the tree', () => {
  it('goes to the next token that begins so, the space ahead of it left out', () => {
    const [s, so] = type('so', 'r0');
    assert.equal(label(s), ' search');
    assert.equal(label(so), ' sorted');
  });

  it('goes on to the next one when a character is typed again', () => {
    const found = type('ttt', 'r1').map(label);
    assert.deepEqual(found, [' tree', ' tree', ' tree']);
    assert.equal(new Set(type('ttt', 'r1')).size, 3);
  });

  it('begins anew after a pause', () => {
    const typing = new TypeAhead();
    const first = typing.move('s', { at: 'round', round: 0 }, record, 0)!;
    const second = typing.move('b', { at: 'round', round: 0 }, record, 5000)!;
    assert.equal(label(itemId(first)), ' search');
    assert.equal(label(itemId(second)), ' binary');
  });

  it('stays where there is no such token, skips hidden ones, and takes no other key for text', () => {
    assert.deepEqual(type('q', 'r0'), ['r0']);
    assert.deepEqual(type('c', 'r3'), ['r3']);
    const typing = new TypeAhead();
    for (const key of ['ArrowDown', ']', ',', ' ', 'F1']) {
      assert.equal(typing.move(key, { at: 'round', round: 0 }, record, 0), null);
    }
  });
});
