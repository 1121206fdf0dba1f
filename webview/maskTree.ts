import { select } from 'd3';
import { t } from '../src/l10n';
import { itemId, parseItemId, type Item } from '../src/trace/item';
import type { Mask, MaskRow } from './maskModel';
import { OUTLINES } from './shapes';

/** Pixels. */
const ROW = 17;
const INDENT = 9;
const COLUMN = 7.3;
const GAP = 14;
/** Of a cell, the space between two included; smaller where there are many. */
const CELL = { large: 11, small: 7 };
const FEW = 24;

/** What the tree of rows tells. */
export interface MaskEvents {
  /** Pointed at a row, or no longer. */
  point(item: Item | null): void;
  /** Wants to see a row's node. */
  show(item: Item): void;
}

/**
 * The forward of a round: its rows as a tree from top to bottom, and beside each row which rows it sees, the
 * ancestor mask.
 */
export class MaskTree {
  private readonly figure;
  private readonly svg;
  private readonly twin;

  constructor(parent: HTMLElement, events: MaskEvents) {
    this.figure = select(parent).append('figure').attr('class', 'mask');
    this.svg = this.figure
      .append('div')
      .attr('class', 'mask-scroll')
      .append('svg')
      .attr('aria-hidden', 'true')
      .on('pointerover', ({ target }: PointerEvent) => events.point(itemAt(target)))
      .on('pointerleave', () => events.point(null))
      .on('click', ({ target }: PointerEvent) => {
        const item = itemAt(target);
        if (item !== null) events.show(item);
      });
    this.figure
      .append('figcaption')
      .text(t('Ancestor mask: each row of the forward sees the root token, its ancestors and itself.'));
    this.twin = this.figure.append('ul').attr('class', 'unseen');
  }

  draw(mask: Mask | null): void {
    this.figure.attr('hidden', mask === null ? '' : null);
    const rows = mask?.rows ?? [];
    const cell = rows.length <= FEW ? CELL.large : CELL.small;
    const labels = rows.map(({ depth, label }) => depth * INDENT + 18 + label.length * COLUMN);
    const left = Math.ceil(labels.reduce((widest, width) => Math.max(widest, width), 0)) + GAP;
    const width = left + rows.length * cell;
    this.svg.attr('width', width).attr('height', rows.length * ROW);
    const row = this.svg
      .selectAll<SVGGElement, MaskRow>('g')
      .data(rows)
      .join((enter) => {
        const g = enter.append('g');
        g.append('rect').attr('class', 'mask-row').attr('height', ROW);
        g.append('path').attr('class', 'shape');
        g.append('text').attr('class', 'token').attr('y', 12.5);
        g.append('path').attr('class', 'mask-cells');
        return g;
      })
      .attr('data-item', ({ item }) => itemId(item))
      .attr('data-mark', ({ mark }) => mark)
      .attr('transform', (_, i) => `translate(0,${i * ROW})`);
    row.select('.mask-row').attr('width', width);
    row
      .select('.shape')
      .attr('transform', ({ depth }) => `translate(${depth * INDENT + 7},${ROW / 2}) scale(0.85)`)
      .attr('d', ({ mark }) => OUTLINES[mark]);
    row
      .select('.token')
      .attr('x', ({ depth }) => depth * INDENT + 16)
      .text(({ label }) => label);
    row.select('.mask-cells').attr('d', ({ sees }) => {
      const size = cell - 1;
      return sees
        .map((column) => `M${left + column * cell},${(ROW - size) / 2}h${size}v${size}h${-size}Z`)
        .join('');
    });
    this.twin
      .selectAll('li')
      .data(rows)
      .join('li')
      .text(({ label, sees }, i) => t('Row {0}, {1}, sees rows {2}', i, label, sees.join(', ')));
  }

  /** Shows which row the user points at or looks at, here or in the list. */
  mark(item: Item | null): void {
    const id = item === null ? '' : itemId(item);
    this.svg.selectAll<SVGGElement, MaskRow>('g').classed('is-marked', (row) => itemId(row.item) === id);
  }
}

function itemAt(target: EventTarget | null): Item | null {
  const row = target instanceof Element ? target.closest('[data-item]') : null;
  return parseItemId(row?.getAttribute('data-item') ?? '');
}
