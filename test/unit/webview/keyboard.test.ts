import assert from 'node:assert/strict';
import { itemId, parseItemId, type Item } from '../../../src/trace/item';
import { childItems, moveFocus } from '../../../webview/keyboard';
import type { ShownRound } from '../../../src/trace/shownRound';
import { shownRounds, walkable } from '../../support/shownRounds';

const rounds = shownRounds();
const record = walkable(rounds, () => true);

/** Where keys lead from an item, one after another. */
function walk(from: string, ...keys: string[]): string {
  let item = parseItemId(from);
  for (const key of keys) item = moveFocus(key, item!, record) ?? item;
  return itemId(item!);
}

const id = (round: number, text: string) => `r${round}n${rounds[round].text.indexOf(text)}`;

describe('item ids', () => {
  it('can be read back', () => {
    const items: Item[] = [
      { at: 'round', round: 0 },
      { at: 'node', round: 12, node: 3 },
      { at: 'end', round: 7 },
    ];
    for (const item of items) assert.deepEqual(parseItemId(itemId(item)), item);
    for (const bad of ['', 'r', 'rx', 'r1n', 'r1e2', 'n3']) assert.equal(parseItemId(bad), null);
  });
});

describe('keys in the tree', () => {
  it('go down the text and into the next round', () => {
    assert.equal(walk('r1', 'ArrowDown'), id(1, ' binary'));
    assert.equal(walk('r1', 'ArrowDown', 'ArrowDown', 'ArrowDown'), `r1n${rounds[1].accepted_path[2]}`);
    assert.equal(walk('r1', ...Array<string>(4).fill('ArrowDown')), 'r1e');
    assert.equal(walk('r1e', 'ArrowDown'), 'r2');
    assert.equal(walk('r0', 'ArrowDown'), 'r0e');
  });

  it('prefer the correction to a rejected child', () => {
    assert.equal(walk(id(2, ' a'), 'ArrowDown'), 'r2e');
  });

  it('follow a rejected branch down to its leaf', () => {
    assert.equal(walk(id(2, ' an'), 'ArrowDown', 'ArrowDown'), id(2, ' case'));
  });

  it('go up to the parent and to the round', () => {
    assert.equal(walk('r2e', 'ArrowUp'), id(2, ' a'));
    assert.equal(walk('r2e', 'ArrowUp', 'ArrowUp'), 'r2');
    assert.equal(walk('r2', 'ArrowUp'), 'r1');
    assert.equal(walk('r0', 'ArrowUp'), 'r0');
  });

  it('go along siblings, the end token last, and stop at both ends', () => {
    assert.equal(walk(id(2, ' sorted'), 'ArrowRight'), id(2, ' tree'));
    assert.equal(walk(id(2, ' sorted'), 'ArrowRight', 'ArrowRight', 'ArrowRight'), 'r2e');
    assert.equal(walk(id(2, ' sorted'), 'ArrowLeft'), id(2, ' sorted'));
    assert.equal(walk('r2', 'ArrowRight', 'ArrowRight', 'ArrowLeft'), 'r3');
  });

  it('go by rounds and to both ends', () => {
    assert.equal(walk(id(2, ' a'), 'PageUp'), 'r2');
    assert.equal(walk('r2', 'PageUp'), 'r1');
    assert.equal(walk(id(2, ' a'), 'PageDown'), 'r3');
    assert.equal(walk('r2', 'End'), `r${rounds.length - 1}`);
    assert.equal(walk('r2', 'Home'), 'r0');
  });

  it('jump between rejections', () => {
    assert.equal(walk('r0', ']'), id(2, ' sorted'));
    assert.equal(walk('r0', ']', ']'), id(5, ' stores'));
    assert.equal(walk('r0', ']', ']', '['), id(2, ' sorted'));
    assert.equal(walk('r2', '['), 'r2');
  });

  it('do not lead to a node that is not drawn', () => {
    const drawn = (round: ShownRound, node: number) => round.state[node] !== 'pruned';
    const hidden = walkable(rounds, drawn);
    const above = rounds[7].accepted_path[1];
    assert.deepEqual(childItems(rounds[7], above, hidden), [{ at: 'end', round: 7 }]);
    assert.equal(childItems(rounds[7], above, record).length, 2);
  });

  it('go by rounds where the nodes are not here', () => {
    const heads = { ...record, round: () => null };
    const go = (key: string, from: string) => itemId(moveFocus(key, parseItemId(from)!, heads)!);
    assert.equal(go('ArrowDown', 'r1'), 'r2');
    assert.equal(go('ArrowUp', 'r1n0'), 'r1');
    assert.equal(go(']', 'r0'), 'r2');
    assert.equal(moveFocus('ArrowRight', { at: 'end', round: 2 }, heads), null);
  });

  it('leave other keys alone', () => assert.equal(moveFocus('x', { at: 'round', round: 0 }, record), null));
});
