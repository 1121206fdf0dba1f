import { drag, scaleLinear, select } from 'd3';
import { t } from '../src/l10n';
import type { RecordStore } from './store';
import { StripBins } from './stripBins';
import { counted } from '../src/trace/words';
import { setAttributes, setText } from './write';

const HEIGHT = 38;
/** Room for the outline above the highest column and the base line below. */
const PAD = 2;
/** A column is at most and at least so wide; rounds that do not fit share a column. */
const WIDEST = 10;
const NARROWEST = 3;

/** Where the strip has its rounds, for what stands below it. */
export interface StripPlaces {
  readonly width: number;
  readonly columnWidth: number;
  /** Rounds a column. */
  readonly perColumn: number;
  /** Rounds. */
  readonly count: number;
  /** Left edge of a round's column; that of the round after the last is the right edge of all. */
  x(round: number): number;
  roundAt(x: number): number;
}

/**
 * The whole run in one strip, and a slider along it: drag or click to move the list in time, arrow keys to
 * move by rounds. The frame shows which rounds the list shows.
 */
export class Strip {
  readonly element: HTMLElement;
  private readonly svg;
  /** Around the rounds that the list shows. A layer of its own: it moves with every frame of scrolling. */
  private readonly box;
  private readonly caption;
  private readonly bins = new StripBins();
  private width = 0;
  private columnWidth = WIDEST;

  constructor(
    parent: HTMLElement,
    private readonly store: RecordStore,
    private readonly show: (round: number) => void,
    resized: () => void,
  ) {
    const root = select(parent).append('div').attr('class', 'strip');
    this.element = root.node()!;
    this.svg = root
      .append('svg')
      .attr('height', HEIGHT)
      .attr('role', 'slider')
      .attr('tabindex', 0)
      .attr('aria-label', t('Round shown'))
      .attr('aria-valuemin', 0);
    this.svg.append('path').attr('class', 'strip-drafted');
    this.svg.append('path').attr('class', 'strip-accepted');
    this.svg
      .append('line')
      .attr('class', 'strip-base')
      .attr('y1', HEIGHT - PAD)
      .attr('y2', HEIGHT - PAD);
    this.svg.append('rect').attr('class', 'strip-later').attr('height', HEIGHT);
    this.svg.append('line').attr('class', 'strip-moment').attr('y2', HEIGHT);
    this.box = root.append('div').attr('class', 'strip-frame').attr('aria-hidden', 'true');
    this.caption = root.append('div').attr('class', 'strip-caption').attr('aria-hidden', 'true');
    this.svg.call(
      drag<SVGSVGElement, unknown>().on('start drag', (event: { x: number }) =>
        this.show(this.roundAt(event.x)),
      ),
    );
    this.svg.on('keydown', (event: KeyboardEvent) => this.onKey(event));
    // Asking for the width costs a layout, so it is not asked for each time. Nor has it one before the first round.
    new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      resized();
    }).observe(root.node()!);
  }

  /** The panel became wider or narrower: asking for the width costs a layout, so it is not asked for each time. */
  measure(): void {
    this.width = this.svg.node()?.clientWidth ?? 0;
  }

  /** The columns, from the record. */
  draw(): void {
    this.bins.update(this.store.columns, Math.max(1, Math.floor(this.width / NARROWEST)));
    const { columns, perColumn } = this.bins;
    this.columnWidth = Math.min(WIDEST, Math.floor(this.width / Math.max(1, columns.length)));
    const highest = columns.reduce((most, c) => Math.max(most, c.drafted), 1);
    const y = scaleLinear([0, highest], [HEIGHT - PAD, PAD]);
    const inner = this.columnWidth - (this.columnWidth > 4 ? 2 : 1);
    const box = (i: number, height: number) =>
      `M${i * this.columnWidth + 0.5},${HEIGHT - PAD}V${y(height)}h${inner}V${HEIGHT - PAD}`;
    const path = (height: (c: (typeof columns)[number]) => number) =>
      columns.map((c, i) => (height(c) > 0 ? box(i, height(c)) : '')).join('');
    setAttributes(this.svg.select('.strip-drafted'), { d: path((c) => c.drafted) });
    setAttributes(this.svg.select('.strip-accepted'), { d: path((c) => c.accepted) });
    setAttributes(this.svg.select('.strip-base'), { x1: 0, x2: this.width });
    setText(
      this.caption,
      perColumn === 1
        ? t('one column a round: filled accepted, outline drafted')
        : t('one column {0} rounds (mean): filled accepted, outline drafted', perColumn),
    );
  }

  /** The frame, around the rounds `[first, last]` that the list shows, and the end of what had happened. */
  frame([first, last]: readonly [number, number]): void {
    const seen = last >= first;
    const x = (round: number) => this.columnOf(round) * this.columnWidth;
    const { moment, past } = this.store;
    const end = Math.min(this.width, x(past));
    const visibility = moment === null ? 'hidden' : 'visible';
    setAttributes(this.svg.select('.strip-later'), { visibility, x: end, width: this.width - end });
    setAttributes(this.svg.select('.strip-moment'), { visibility, x1: end, x2: end });
    this.box
      .style('visibility', seen ? 'visible' : 'hidden')
      .style('width', `${x(last) - x(first) + this.columnWidth + 1}px`)
      .style('transform', `translateX(${x(first) - 1}px)`);
    setAttributes(this.svg, {
      'aria-valuemax': Math.max(0, this.store.count - 1),
      'aria-valuenow': Math.max(0, first),
      'aria-valuetext': seen ? `round ${first} of ${counted(this.store.count, 'round')}` : 'no round',
    });
  }

  get places(): StripPlaces {
    const { width, columnWidth, bins, store } = this;
    return {
      width,
      columnWidth,
      perColumn: bins.perColumn,
      count: store.count,
      x: (round) => columnWidth * (round >= store.count ? bins.columns.length : this.columnOf(round)),
      roundAt: (x) => this.roundAt(x),
    };
  }

  private columnOf(round: number): number {
    return Math.floor(round / this.bins.perColumn);
  }

  private roundAt(x: number): number {
    const round = Math.floor(x / this.columnWidth) * this.bins.perColumn;
    return Math.max(0, Math.min(this.store.count - 1, round));
  }

  private onKey(event: KeyboardEvent): void {
    const last = this.store.count - 1;
    const now = Number(this.svg.attr('aria-valuenow'));
    const to: Record<string, number> = {
      ArrowRight: now + 1,
      ArrowUp: now + 1,
      ArrowLeft: now - 1,
      ArrowDown: now - 1,
      PageUp: now + 10,
      PageDown: now - 10,
      Home: 0,
      End: last,
    };
    if (!(event.key in to) || last < 0) return;
    event.preventDefault();
    this.show(Math.max(0, Math.min(last, to[event.key])));
  }
}
