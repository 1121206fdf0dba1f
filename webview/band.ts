import { select, type BaseType, type Selection } from 'd3';
import type { Aria, BandModel, LinkModel, NodeModel, TextModel } from './bandModel';
import { itemId } from '../src/trace/item';
import { METRICS } from './layout';
import { OUTLINES, type Mark } from './shapes';

type One<E extends Element> = Selection<E, unknown, null, undefined>;

/** Builds a band's fixed parts in an empty element; `drawBand` fills them. */
export function enterBand(element: HTMLDivElement): void {
  const band = select(element).attr('class', 'band');
  const head = band.append('div').attr('class', 'band-head');
  const line = head.append('div').attr('class', 'band-line');
  for (const part of ['name', 'tally', 'time']) {
    line.append('span').attr('class', `band-${part}`);
    // Not seen in a flex box, but read: without it the words would run together.
    line.node()?.append(' ');
  }
  head.append('div').attr('class', 'bar');
  const body = band.append('div').attr('class', 'band-body');
  body
    .append('svg')
    .attr('class', 'text-column')
    .attr('role', 'presentation')
    .attr('width', METRICS.text)
    .append('line')
    .attr('class', 'spine');
  const tree = body
    .append('div')
    .attr('class', 'tree-scroll')
    .append('svg')
    .attr('class', 'tree')
    .attr('role', 'presentation');
  tree.append('g').attr('class', 'links');
  tree.append('g').attr('class', 'nodes');
  band.append('div').attr('class', 'wanted').attr('aria-hidden', 'true');
}

/** Draws what a model says. Nodes keep their elements and places: a verdict changes shapes and words only. */
export function drawBand(element: HTMLDivElement, model: BandModel): void {
  const band = select(element)
    .classed('is-plain', model.kind === 'plain')
    .classed('is-drafting', model.drafting)
    .attr('data-round', model.index);
  drawHead(band, model);
  drawText(band, model);
  drawTree(band, model);
  band
    .select('.wanted')
    .selectAll('div')
    .data(model.wanted)
    .join('div')
    .text((line) => line);
}

function drawHead(band: One<HTMLDivElement>, m: BandModel) {
  const id = itemId({ at: 'round', round: m.index });
  const head = band.select<HTMLDivElement>('.band-head');
  if (m.drafting) head.attr('aria-hidden', 'true');
  else {
    head.attr('aria-hidden', null);
    setTreeItem(head, id, { label: m.spoken, level: 1, position: m.index + 1, size: m.index + 1 });
  }
  head.select('.band-name').text(m.name);
  head.select('.band-tally').text(m.tally);
  head.select('.band-time').text(m.time);
  head
    .select<HTMLDivElement>('.bar')
    .attr('title', m.bar?.title ?? null)
    .classed('is-cut', m.bar?.cut ?? false)
    .selectAll<HTMLSpanElement, unknown>('span')
    .data(m.bar?.parts ?? [])
    .join('span')
    .attr('class', (part) => `bar-${part.phase}`)
    .style('width', (part) => `${part.width}%`);
}

function drawText(band: One<HTMLDivElement>, m: BandModel) {
  const column = band.select<SVGSVGElement>('.text-column').attr('height', m.bodyHeight);
  const last = m.text.at(-1);
  column
    .select('.spine')
    .attr('x1', METRICS.shape)
    .attr('x2', METRICS.shape)
    .attr('y1', 0)
    .attr('y2', last === undefined ? m.bodyHeight : last.y)
    .classed('is-open', m.drafting);
  column
    .selectAll<SVGGElement, TextModel>('g.cell')
    .data([...m.text])
    .join((enter) => {
      const cell = enter.append('g').attr('class', 'cell');
      cell.append('rect').attr('class', 'cell-fill');
      appendToken(cell);
      return cell;
    })
    .attr('transform', (cell) => `translate(${METRICS.shape},${cell.y})`)
    .attr('data-item', (cell) => cell.target)
    .attr('data-mark', (cell) => cell.mark)
    .each(function (cell) {
      const g = select(this);
      if (cell.aria === null) g.attr('aria-hidden', 'true');
      else setTreeItem(g, cell.target, cell.aria());
      g.select('.cell-fill')
        .attr('x', METRICS.label - METRICS.shape - 4)
        .attr('y', -11)
        .attr('width', METRICS.text - METRICS.label)
        .attr('height', 19)
        .attr('rx', 3);
      fillToken(g, cell.mark, cell.label, cell.sub);
    });
}

function drawTree(band: One<HTMLDivElement>, m: BandModel) {
  const tree = band
    .select<SVGSVGElement>('.tree')
    .attr('width', Math.max(1, m.treeWidth))
    .attr('height', m.bodyHeight);
  tree
    .select('.links')
    .selectAll<SVGPathElement, LinkModel>('path')
    .data([...m.links], (link) => link.id)
    .join('path')
    .attr('d', (link) => link.d)
    .attr('data-mark', (link) => link.mark)
    .order();
  tree
    .select('.nodes')
    .selectAll<SVGGElement, NodeModel>('g.node')
    .data([...m.nodes], (node) => node.id)
    .join((enter) => appendToken(enter.append('g').attr('class', 'node')))
    .attr('transform', (node) => `translate(${node.x},${node.y})`)
    .attr('data-mark', (node) => node.mark)
    .each(function (node) {
      const g = select(this);
      if (node.aria === null) g.attr('aria-hidden', 'true');
      else {
        g.attr('aria-hidden', null).attr('data-item', node.id);
        setTreeItem(g, node.id, node.aria());
      }
      fillToken(g, node.mark, node.label, node.sub);
    });
}

function appendToken<D, P extends BaseType>(g: Selection<SVGGElement, D, P, unknown>) {
  g.append('rect').attr('class', 'hit').attr('rx', 3);
  g.append('path').attr('class', 'shape');
  g.append('text')
    .attr('class', 'token')
    .attr('x', METRICS.label - METRICS.shape)
    .attr('y', 3);
  g.append('text')
    .attr('class', 'sub')
    .attr('x', METRICS.label - METRICS.shape)
    .attr('y', 18);
  return g;
}

function fillToken(g: One<SVGGElement>, mark: Mark, label: string, sub: string) {
  const wide = Math.max(label.length * METRICS.column, sub.length * 5.4);
  g.select('.hit')
    .attr('x', -METRICS.shape + 1)
    .attr('y', -METRICS.middle + 2)
    .attr('width', Math.ceil(METRICS.label + wide + 2))
    .attr('height', sub === '' ? 22 : 34);
  g.select('.shape').attr('d', OUTLINES[mark]);
  g.select('.token').text(label);
  // The space is not drawn, but read.
  g.select('.sub').text(` ${sub}`);
}

/** Sets only what belongs to the item; which one takes part in the tab order is the list's business. */
function setTreeItem<E extends Element>(element: One<E>, id: string, { label, level, position, size }: Aria) {
  element
    .attr('id', id)
    .attr('data-item', id)
    .attr('role', 'treeitem')
    .attr('aria-label', label)
    .attr('aria-level', level)
    .attr('aria-posinset', position)
    .attr('aria-setsize', size);
  if (!element.attr('tabindex')) element.attr('tabindex', -1).attr('aria-selected', 'false');
}
