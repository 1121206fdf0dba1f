import assert from 'node:assert/strict';
import { nodeTableModel } from '../../../webview/nodeTableModel';
import { header, rounds } from '../../support/rounds';
import { shownRounds } from '../../support/shownRounds';

const shown = shownRounds();

describe('the table of a round', () => {
  it('has a row a node and one for the token that ended the round, with all that the drawing says', () => {
    const { caption, columns, rows } = nodeTableModel(shown[2], rounds[2], header);
    assert.equal(caption, 'The tree of round 2, a row a node');
    assert.deepEqual(
      rows.map(({ id, name }) => [id, name]),
      [...rounds[2].text.map((text, node) => [`r2n${node}`, text.replace(' ', '·')]), ['r2e', '·data']],
    );
    for (const { cells } of rows) assert.equal(cells.length, columns.length - 1);
    const cellsOf = (name: string) => {
      const row = rows.find((one) => one.name === name)!;
      return new Map(row.cells.map((cell, i) => [columns[i + 1], cell]));
    };
    assert.deepEqual(Object.fromEntries(cellsOf('·sorted')), {
      node: '1',
      position: `${rounds[2].root.position + 2}`,
      depth: '2',
      state: 'rejected',
      p: '0.040',
      q: '0.380',
      'rank in the draft': '1 of 2',
      'rank for the target': '4',
      'proposed by': 'suffix, match of 7 tokens',
      parent: '0 ·a',
      why: 'rejected: the target drew "·data" (p .62)',
    });
    const end = cellsOf('·data');
    assert.deepEqual(
      [end.get('state'), end.get('node'), end.get('q'), end.get('parent')],
      ['correction', '–', '–', '0 ·a'],
    );
    assert.equal(cellsOf('·an').get('parent'), 'root token');
  });

  it('leaves out what is not known, and the end of a round that has none', () => {
    const [, ...others] = nodeTableModel(shown[7], null, header).rows;
    const cut = others.find(({ name }) => name === '·cut')!;
    assert.deepEqual(cut.cells.slice(3, 8), ['pruned', '–', '0.020', '1 of 1', '–']);
    const inside = { ...shown[2], endKind: 'none' as const };
    assert.equal(nodeTableModel(inside, null, null).rows.length, rounds[2].parent.length);
  });

  it('has as many nodes as are drawn, and says how many it leaves out', () => {
    const n = 600;
    const each = <T>(value: T): T[] => Array.from({ length: n }, () => value);
    const wide = {
      ...shown[2],
      parent: each(-1),
      token: each(7),
      text: each('x'),
      bytes: each('eA=='),
      nodeDepth: each(1),
      q: each(null),
      p: each(null),
      draw: each(null),
      chance: each(null),
      source: each('suffix:2'),
      state: each('rejected' as const),
      accepted_path: [],
      emitted: shown[2].emitted.slice(-1),
    };
    const { caption, rows } = nodeTableModel(wide, null, header);
    assert.equal(caption, 'The tree of round 2, a row a node; 88 nodes not drawn');
    assert.equal(rows.length, 513);
  });
});
