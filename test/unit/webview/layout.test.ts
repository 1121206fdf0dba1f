import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bandAt, barScale, layoutBand, METRICS, type DraftShape } from '../../../webview/layout';

const drafted = { committed: 0, wanted: false };

/** Any tree of up to 40 nodes, parents first. */
const anyDraft: fc.Arbitrary<DraftShape> = fc
  .array(fc.tuple(fc.nat(), fc.string({ maxLength: 20 })), { minLength: 1, maxLength: 40 })
  .map((picks) => {
    const parent = picks.map(([pick], i) => (pick % (i + 1)) - 1);
    const depth: number[] = [];
    for (const p of parent) depth.push(p < 0 ? 1 : depth[p] + 1);
    return { parent, depth, text: picks.map(([, text]) => text) };
  });

describe('layout of a band', () => {
  it('puts the first path straight down and siblings beside it', () => {
    const draft = { parent: [-1, -1, 0, 0, 1], depth: [1, 1, 2, 2, 2], text: ['a', 'b', 'c', 'd', 'e'] };
    const { row, x, rows } = layoutBand(draft, drafted);
    assert.deepEqual(row, [0, 0, 1, 1, 1]);
    const lane = METRICS.lane.least;
    assert.deepEqual(x, [0, lane, 0, lane, 2 * lane]);
    assert.equal(rows, 2);
  });

  it('gives a node the same place before and after the verdict', () => {
    fc.assert(
      fc.property(anyDraft, fc.nat(20), fc.boolean(), (draft, committed, wanted) => {
        const before = layoutBand(draft, drafted);
        const after = layoutBand(draft, { committed, wanted });
        assert.deepEqual(after.row, before.row);
        assert.deepEqual(after.x, before.x);
        assert.ok(after.height >= before.height);
      }),
    );
  });

  it('never puts two nodes in one place, nor a child left of its parent', () => {
    fc.assert(
      fc.property(anyDraft, (draft) => {
        const { row, x, treeWidth } = layoutBand(draft, drafted);
        const places = row.map((r, node) => `${r}/${x[node]}`);
        assert.equal(new Set(places).size, places.length);
        draft.parent.forEach((p, node) => {
          if (p >= 0) assert.ok(x[node] >= x[p]);
          assert.ok(x[node] + METRICS.lane.least <= treeWidth);
        });
      }),
    );
  });

  it('keeps siblings of one row in the order of their parents, so that links do not cross', () => {
    fc.assert(
      fc.property(anyDraft, (draft) => {
        const { row, x } = layoutBand(draft, drafted);
        const at = (node: number) => (node < 0 ? 0 : x[node]);
        for (let a = 0; a < row.length; a++) {
          for (let b = 0; b < row.length; b++) {
            if (row[a] === row[b] && at(draft.parent[a]) < at(draft.parent[b])) assert.ok(x[a] < x[b]);
          }
        }
      }),
    );
  });

  it('makes a lane as wide as its longest label, up to where labels are cut', () => {
    const width = (text: string) => layoutBand({ parent: [-1], depth: [1], text: [text] }, drafted).treeWidth;
    assert.equal(width('ab'), METRICS.lane.least);
    assert.ok(width('twelve chars') > METRICS.lane.least);
    assert.equal(width('x'.repeat(15)), width('x'.repeat(60)));
  });

  it('leaves room for the bonus row and for what the target wanted', () => {
    const chain = { parent: [-1, 0], depth: [1, 2], text: ['a', 'b'] };
    const base = layoutBand(chain, drafted).height;
    assert.equal(layoutBand(chain, { committed: 3, wanted: false }).height, base + METRICS.row);
    assert.equal(layoutBand(chain, { committed: 1, wanted: true }).height, base + METRICS.wanted);
  });

  it('makes a round without a shown node one low row', () => {
    assert.equal(layoutBand({ parent: [], depth: [], text: [] }, drafted).kind, 'plain');
    const pruned = layoutBand(
      { parent: [-1], depth: [1], text: ['a'] },
      { committed: 1, wanted: false, hidden: () => true },
    );
    assert.equal(pruned.height, METRICS.plain);
    assert.deepEqual(pruned.row, [-1]);
  });

  it('places the other nodes as if hidden ones were not there', () => {
    const whole = { parent: [-1, -1, 1], depth: [1, 1, 2], text: ['cut', 'b', 'c'] };
    const { x } = layoutBand(whole, { ...drafted, hidden: (node) => node === 0 });
    const rest = layoutBand({ parent: [-1, 0], depth: [1, 2], text: ['b', 'c'] }, drafted);
    assert.deepEqual(x.slice(1), rest.x);
  });
});

describe('bandAt', () => {
  it('finds the band under a height', () => {
    const tops = [0, 30, 100, 130];
    const found = [-50, 0, 29, 30, 99, 100, 129, 130, 9999].map((y) => bandAt(tops, y));
    assert.deepEqual(found, [0, 0, 0, 1, 1, 2, 2, 2, 2]);
  });

  it('answers 0 where there is no band', () => assert.equal(bandAt([0], 10), 0));
});

describe('barScale', () => {
  it('is a round number that holds nearly all rounds of a whole run', () => {
    const totals = Array.from({ length: 100 }, (_, i) => 20_000 + i * 100);
    assert.equal(barScale(totals), 40_000);
  });

  it('is not stretched by one slow round', () => {
    const totals = [...Array.from({ length: 99 }, () => 9_000), 900_000];
    assert.equal(barScale(totals), 10_000);
  });

  it('leaves room above the first round of a live run', () => {
    assert.equal(barScale([30_000]), 50_000);
    assert.ok(barScale([0]) > 0);
  });
});
