import { select } from 'd3';
import type { Details } from './details';
import { OUTLINES } from './shapes';
import { probability } from './words';

/** Pixels of a cell of the ancestor mask, the space between two included. */
const CELL = 8;

/**
 * The details of one item. It floats beside what is pointed at, or stands still: pinned in the panel, always
 * in the wide layout.
 */
export class Card {
  private readonly root;

  constructor(parent: HTMLElement, close: () => void) {
    this.root = select(parent).append('aside').attr('class', 'card').attr('aria-label', 'Details');
    const head = this.root.append('div').attr('class', 'card-head');
    head
      .append('svg')
      .attr('class', 'card-mark')
      .attr('width', 16)
      .attr('height', 16)
      .attr('viewBox', '-8 -8 16 16')
      .attr('aria-hidden', 'true')
      .append('path')
      .attr('class', 'shape');
    head.append('h2').attr('class', 'card-heading');
    head
      .append('button')
      .attr('class', 'icon')
      .attr('aria-label', 'Close details')
      .text('✕')
      .on('click', close);
    this.root.append('p').attr('class', 'card-reason');
    this.root.append('div').attr('class', 'phases');
    const columns = this.root.append('div').attr('class', 'card-columns');
    columns.append('dl').attr('class', 'facts');
    const mask = columns.append('figure').attr('class', 'mask');
    mask.append('svg').attr('aria-hidden', 'true');
    mask
      .append('figcaption')
      .text('Ancestor mask: each row of the forward sees the root token, its ancestors and itself.');
    const top = this.root.append('div').attr('class', 'candidates');
    top.append('h3').text("The target's own ranking here");
    top.append('ol');
    this.hide();
  }

  hide(): void {
    this.root.attr('hidden', '').attr('data-placed', null);
  }

  /** Stands in its own place in the layout. */
  dock(details: Details): void {
    this.fill(details);
    this.root.attr('hidden', null).attr('data-placed', 'docked').style('left', null).style('top', null);
  }

  /** Floats below an element, or above it where there is no room below, and never over it. */
  float(details: Details, beside: Element): void {
    this.fill(details);
    this.root.attr('hidden', null).attr('data-placed', 'floating');
    const anchor = beside.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.root.node()!;
    const space = { width: window.innerWidth, height: window.innerHeight };
    const left = Math.max(8, Math.min(anchor.left, space.width - width - 8));
    const below = anchor.bottom + 6;
    const top = below + height <= space.height - 4 ? below : Math.max(4, anchor.top - height - 6);
    this.root.style('left', `${left}px`).style('top', `${top}px`);
  }

  private fill(details: Details): void {
    this.root
      .select('.card-mark')
      .attr('data-mark', details.mark)
      .attr('hidden', details.mark === null ? '' : null)
      .select('path')
      .attr('d', details.mark === null ? '' : OUTLINES[details.mark]);
    this.root
      .select('.card-heading')
      .classed('is-token', details.mark !== null)
      .text(details.heading);
    this.root.select('.card-reason').text(details.reason);
    const fact = this.root
      .select('.facts')
      .selectAll('div')
      .data(details.facts)
      .join((enter) => {
        const row = enter.append('div');
        row.append('dt');
        row.append('dd');
        return row;
      });
    fact.select('dt').text(([label]) => label);
    fact.select('dd').text(([, value]) => value);
    this.fillRound(details);
    const top = this.root.select('.candidates').attr('hidden', details.candidates.length === 0 ? '' : null);
    const row = top
      .select('ol')
      .selectAll('li')
      .data(details.candidates)
      .join((enter) => {
        const item = enter.append('li');
        item.append('span').attr('class', 'candidate-token');
        item.append('span').attr('class', 'candidate-bar').append('span');
        item.append('span').attr('class', 'candidate-p');
        item.append('span').attr('class', 'candidate-note');
        return item;
      })
      .classed('is-chosen', ({ chosen }) => chosen);
    row.select('.candidate-token').text(({ label }) => label);
    row.select('.candidate-bar span').style('width', ({ p }) => `${100 * p}%`);
    row.select('.candidate-p').text(({ p }) => probability(p));
    row
      .select('.candidate-note')
      .text(({ chosen, drafted }) =>
        [chosen ? 'chosen' : '', drafted ? 'drafted' : ''].filter(Boolean).join(', '),
      );
  }
  private fillRound({ phases, mask }: Details): void {
    this.root
      .select('.phases')
      .attr('hidden', phases.length === 0 ? '' : null)
      .selectAll('span')
      .data(phases)
      .join('span')
      .attr('class', ({ phase }) => `bar-${phase}`)
      .style('width', ({ width }) => `${width}%`)
      .attr('title', ({ label }) => label);
    const side = (mask?.rows ?? 0) * CELL;
    this.root
      .select('.mask')
      .attr('hidden', mask === null ? '' : null)
      .select('svg')
      .attr('width', side)
      .attr('height', side)
      .selectAll('rect')
      .data(mask?.cells ?? [])
      .join('rect')
      .attr('data-mark', ({ mark }) => mark)
      .attr('x', ({ column }) => column * CELL)
      .attr('y', ({ row }) => row * CELL)
      .attr('width', CELL - 1)
      .attr('height', CELL - 1);
  }
}
