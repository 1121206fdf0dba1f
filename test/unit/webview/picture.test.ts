import assert from 'node:assert/strict';
import type { BandModel } from '../../../webview/bandModel';
import { roundModel } from '../../../webview/bandModel';
import { layoutBand } from '../../../webview/layout';
import { paintPicture, pictureOf } from '../../../webview/picture';
import { SvgPen } from '../../../webview/svgPen';
import type { Theme } from '../../../webview/theme';
import { header, tell, rounds } from '../../support/rounds';
import { shownRounds, walkable } from '../../support/shownRounds';

const theme: Theme = {
  ground: '#101010',
  foreground: '#eeeeee',
  quiet: '#999999',
  accepted: '#11aa11',
  bonus: '#aaaa11',
  rejected: '#aa1111',
  notReached: '#777777',
  draft: '#1111aa',
  verify: '#111177',
  rest: '#555555',
  highContrast: false,
  textFont: '"Segoe UI", sans-serif',
  tokenFont: 'monospace',
  side: 10,
};

function bandsOf(some = rounds): BandModel[] {
  const shown = shownRounds(some);
  const record = walkable(shown, () => true);
  return shown.map((round) => {
    const draft = { ...round, depth: round.nodeDepth };
    const layout = layoutBand(draft, {
      committed: round.committed,
      wanted: round.endKind === 'correction',
    });
    return roundModel(round, layout, record, header, 50_000);
  });
}

function svgOf(bands: readonly BandModel[], title = 'a.spectrace.jsonl', width = 360): string {
  const pen = new SvgPen(
    (text) => 6 * text.length,
    (colour) => colour,
  );
  const picture = pictureOf(title, ['what ran'], bands, width, theme);
  paintPicture(pen, picture, theme);
  return pen.document(picture.width, picture.height, title);
}

/** The names of a document's elements, nested; fails where a tag is not closed. */
function openTags(xml: string): number {
  const open: string[] = [];
  for (const [, slash, name, rest] of xml.matchAll(/<(\/?)([a-zA-Z]+)([^>]*)>/g)) {
    if (slash === '/') assert.equal(open.pop(), name);
    else if (!rest.endsWith('/')) open.push(name);
  }
  return open.length;
}

describe('a picture of the view', () => {
  it('holds every label of its bands and what the shapes mean', () => {
    const bands = bandsOf();
    const svg = svgOf(bands);
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    for (const { name, nodes, text } of bands) {
      for (const label of [name, ...nodes.map((n) => n.label), ...text.map((t) => t.label)]) {
        assert.ok(texts.includes(label), label);
      }
    }
    for (const label of ['a.spectrace.jsonl', 'what ran', 'accepted', 'not reached', 'verify']) {
      assert.ok(texts.includes(label), label);
    }
    assert.equal(openTags(svg.slice(svg.indexOf('<svg'))), 0);
  });

  it('is as high as its bands and wide enough for every tree', () => {
    const bands = bandsOf();
    const narrow = pictureOf('', [], bands, 50, theme);
    assert.ok(bands.every(({ treeWidth }) => narrow.width >= treeWidth + 2 * theme.side));
    const { height } = pictureOf('', [], bands.slice(0, 1), 360, theme);
    const more = pictureOf('', [], bands.slice(0, 2), 360, theme).height;
    assert.equal(more - height, bands[1].height);
    assert.equal(pictureOf('', [], bands, 5000, theme).width, 5000);
  });

  it('needs nothing besides itself', () => {
    const svg = svgOf(bandsOf());
    assert.doesNotMatch(svg, /var\(|href|url\((?!#clip)|<style|<script/);
    assert.deepEqual(svg.match(/https?:[^"]*/g), ['http://www.w3.org/2000/svg']);
  });

  it('runs and breaks nothing, whatever its tokens and its title hold', () => {
    const text = '<script>&"\u0000\u001b\ud800\uffff';
    const bands = bandsOf(tell([{ guesses: [], end: { kind: 'bonus', text } }]));
    const svg = svgOf(bands, text);
    assert.doesNotMatch(svg, /<script/);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(svg, /[\u0000-\u0008\u000b-\u001f\uffff]|\p{Cs}/u);
    assert.match(svg, /<title>&lt;script&gt;&amp;&quot;/);
    assert.equal(openTags(svg.slice(svg.indexOf('<svg'))), 0);
  });
});
