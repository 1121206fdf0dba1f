import assert from 'node:assert/strict';
import { draftedModel, roundModel } from '../../../webview/bandModel';
import { layoutBand } from '../../../webview/layout';
import { draftedOf, header, rounds } from '../../support/rounds';

const record = { rounds, shown: () => true };
const model = (index: number, scale = 50_000) => {
  const round = rounds[index];
  const layout = layoutBand(round, { committed: round.emitted.length, wanted: false });
  return roundModel(round, layout, record, header, scale);
};

describe('model of a band', () => {
  it('has one row of text for each committed token, in order', () => {
    const { text } = model(1);
    assert.deepEqual(
      text.map(({ label, mark }) => [label, mark]),
      [
        ['·binary', 'accepted'],
        ['·search', 'accepted'],
        ['·tree', 'accepted'],
        ['·is', 'bonus'],
      ],
    );
    assert.deepEqual(
      [...text].sort((a, b) => a.y - b.y),
      text,
    );
  });

  it('stands a committed token in the row of its position', () => {
    const { text, nodes } = model(6);
    const at = new Map(nodes.map((node) => [node.id, node.y]));
    for (const cell of text.slice(0, -1)) assert.equal(cell.y, at.get(cell.target));
  });

  it('says p and q beneath, and q alone before the verdict', () => {
    const [first] = model(1).nodes;
    assert.equal(first.sub, 'p .91 q .84');
    const drafted = draftedOf(rounds[1]);
    const before = draftedModel(drafted, layoutBand(drafted, { committed: 0, wanted: false })).nodes[0];
    assert.equal(before.sub, 'q .84');
    assert.equal(before.mark, 'drafting');
    assert.deepEqual([before.x, before.y], [first.x, first.y]);
  });

  it('counts siblings for a screen reader, the correction among them', () => {
    const { nodes, text } = model(2);
    const sorted = nodes.find(({ label }) => label === '·sorted')!;
    assert.deepEqual([sorted.aria?.level, sorted.aria?.position, sorted.aria?.size], [3, 1, 3]);
    assert.match(sorted.aria?.label ?? '', /^·sorted p \.04 q \.38, rejected: the target drew/);
    const correction = text.at(-1)!.aria!;
    assert.deepEqual([correction.level, correction.position, correction.size], [3, 3, 3]);
  });

  it('draws the time bar to the scale, and cuts what is longer', () => {
    const { bar } = model(1, 63_800);
    const width = bar!.parts.reduce((sum, part) => sum + part.width, 0);
    assert.ok(Math.abs(width - (100 * rounds[1].t_us.total) / 63_800) < 1e-9);
    assert.equal(bar!.cut, false);
    const long = model(1, 10_000).bar!;
    assert.equal(long.cut, true);
    assert.ok(Math.abs(long.parts.reduce((sum, part) => sum + part.width, 0) - 100) < 1e-9);
  });

  it('links every node, accepted ones on top', () => {
    const { links, nodes } = model(2);
    assert.equal(links.length, nodes.length);
    assert.equal(links.at(-1)!.mark, 'accepted');
  });
});
