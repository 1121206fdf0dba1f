import assert from 'node:assert/strict';
import { draftedModel, glyphModel, roundModel } from '../../../webview/bandModel';
import { layoutBand } from '../../../webview/layout';
import { draftedOf, header, rounds as trace } from '../../support/rounds';
import { shownRounds, walkable } from '../../support/shownRounds';

const rounds = shownRounds();
const record = walkable(rounds, () => true);
const model = (index: number, scale = 50_000) => {
  const round = rounds[index];
  const draft = { ...round, depth: round.nodeDepth };
  const layout = layoutBand(draft, { committed: round.committed, wanted: false });
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
    const drafted = draftedOf(trace[1]);
    const before = draftedModel(drafted, layoutBand(drafted, { committed: 0, wanted: false })).nodes[0];
    assert.equal(before.sub, 'q .84');
    assert.equal(before.mark, 'drafting');
    assert.deepEqual([before.x, before.y], [first.x, first.y]);
  });

  it('counts siblings for a screen reader, the correction among them', () => {
    const { nodes, text } = model(2);
    const sorted = nodes.find(({ label }) => label === '·sorted')!;
    const aria = sorted.aria!();
    assert.deepEqual([aria.level, aria.position, aria.size], [3, 1, 3]);
    assert.match(aria.label, /^·sorted p \.04 q \.38, rejected: the target drew/);
    const correction = text.at(-1)!.aria!();
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

  it('is a glyph of the same height and committed rows, without words, while the nodes are not here', () => {
    for (const [index, round] of rounds.entries()) {
      const whole = model(index);
      const glyph = glyphModel(round, whole.height, 50_000);
      assert.equal(glyph.kind, whole.kind);
      assert.deepEqual(
        glyph.text.map(({ mark, y }) => [mark, y]),
        whole.text.map(({ mark, y }) => [mark, y]),
      );
      assert.ok(glyph.text.every(({ label }) => label === ''));
      assert.deepEqual(glyph.bar, whole.bar);
    }
  });

  it('links every node, accepted ones on top', () => {
    const { links, nodes } = model(2);
    assert.equal(links.length, nodes.length);
    assert.equal(links.at(-1)!.mark, 'accepted');
  });
});
