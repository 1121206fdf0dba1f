import { select } from 'd3';
import { drawBand, enterBand } from './band';
import { draftedModel, roundModel, type BandModel } from './bandModel';
import { itemId, parseItemId, type Item } from './item';
import { moveFocus, type Walkable } from './keyboard';
import { bandAt, METRICS, type BandLayout } from './layout';
import type { RecordStore } from './store';

/** What the list tells the rest of the view. */
export interface BandEvents {
  /** Pointed at, or no longer. */
  hover(item: Item | null, element: Element | null): void;
  focus(item: Item, element: Element): void;
  /** Enter or a click: keep its card. */
  pin(item: Item): void;
  escape(): void;
  scroll(): void;
}

/** Pixels drawn above and below what is seen. */
const MARGIN = 240;
/** Closer to the end than this counts as being at the end. */
const SLACK = 8;

/**
 * The rounds, one band after another. Only the bands near the viewport have elements; their places come from
 * the store, so scrolling is the browser's own and nothing moves when rounds are added.
 */
export class BandList {
  /** Whether the list stays at the newest round. */
  following = false;
  private readonly scroller: HTMLDivElement;
  private readonly canvas: HTMLDivElement;
  private current: Item = { at: 'round', round: 0 };
  private readonly record: Walkable;
  /** By layout, which is made once a band: a new layout asks for a new model. */
  private models = new Map<BandLayout, BandModel>();
  private readonly drawn = new WeakMap<HTMLDivElement, BandModel>();

  constructor(
    parent: HTMLElement,
    private readonly store: RecordStore,
    private readonly events: BandEvents,
  ) {
    this.record = {
      get rounds() {
        return store.rounds;
      },
      shown: (round, node) => store.showPruned || round.state[node] !== 'pruned',
    };
    this.scroller = select(parent).append('div').attr('class', 'bands').node()!;
    this.canvas = select(this.scroller)
      .append('div')
      .attr('class', 'bands-canvas')
      .attr('role', 'tree')
      .attr('aria-label', 'Rounds')
      .attr('aria-orientation', 'horizontal')
      .node()!;
    this.listen();
  }

  /** The item that the keyboard is at. */
  get focused(): Item {
    return this.current;
  }

  /** First and last round that is seen; an empty range before the first one. */
  get visible(): readonly [number, number] {
    const { scrollTop, clientHeight } = this.scroller;
    if (this.store.rounds.length === 0) return [0, -1];
    return [
      bandAt(this.store.tops, scrollTop + 1),
      bandAt(this.store.tops, Math.max(0, scrollTop + clientHeight - 1)),
    ];
  }

  /** The scroll position as a round and the pixels below its top, so that it holds for any panel height. */
  get anchor(): { round: number; offset: number } {
    const round = bandAt(this.store.tops, this.scroller.scrollTop);
    return { round, offset: this.scroller.scrollTop - (this.store.tops[round] ?? 0) };
  }

  set anchor({ round, offset }: { round: number; offset: number }) {
    this.draw();
    this.scroller.scrollTop = (this.store.tops[round] ?? 0) + offset;
    this.draw();
  }

  /** A new record: the keyboard starts at its first round. */
  reset(): void {
    this.current = { at: 'round', round: 0 };
    select(this.canvas).selectAll('.band').remove();
    this.scroller.scrollTop = 0;
  }

  /** Draws the bands near the viewport and removes the others. */
  draw(): void {
    select(this.canvas).style('height', `${this.store.height}px`);
    if (this.following) this.scroller.scrollTop = this.store.height;
    const models = this.window();
    const { tops, rounds } = this.store;
    const drawn = this.drawn;
    const room = this.treeRoom();
    select(this.canvas)
      .selectAll<HTMLDivElement, BandModel>('.band')
      .data(models, (model) => model.index)
      .join((enter) =>
        enter.append('div').each(function () {
          enterBand(this);
        }),
      )
      .each(function (model) {
        if (drawn.get(this) === model) return;
        drawn.set(this, model);
        drawBand(this, model);
        select(this).style('top', `${tops[model.index]}px`).style('height', `${model.layout.height}px`);
      })
      .order()
      .classed('is-overflowing', ({ layout }) => layout.treeWidth > room)
      .select('.band-head')
      .attr('aria-setsize', rounds.length);
    this.markCurrent();
  }

  /** Brings a round to the top, as far as there is something below it. */
  showRound(round: number): void {
    this.following = false;
    this.anchor = { round, offset: 0 };
  }

  /** Scrolls to an item and puts the keyboard there. */
  focusItem(item: Item): void {
    this.current = item;
    this.reveal(item)?.focus({ preventScroll: true });
  }

  /** Scrolls just so far that an item is seen, and returns its element. */
  reveal(item: Item): (HTMLElement | SVGElement) | null {
    this.following = false;
    const { scrollTop, clientHeight } = this.scroller;
    const top = this.store.tops[item.round];
    const bottom = this.store.tops[item.round + 1];
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) {
      this.scroller.scrollTop = Math.min(top, bottom - clientHeight);
    }
    this.draw();
    const element = this.elementOf(item);
    element?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    return element;
  }

  /** The element of an item, null while its band is not drawn. */
  elementOf(item: Item): (HTMLElement | SVGElement) | null {
    return this.canvas.querySelector<HTMLElement | SVGElement>(`#${itemId(item)}`);
  }

  /** The element of an item, null while it is outside the viewport. */
  seenElementOf(item: Item): Element | null {
    const element = this.elementOf(item);
    if (element === null) return null;
    const [box, room] = [element.getBoundingClientRect(), this.scroller.getBoundingClientRect()];
    return box.bottom > room.top && box.top < room.bottom ? element : null;
  }

  /** The models of the bands to draw, top to bottom; what was drawn before keeps its model. */
  private window(): BandModel[] {
    const { tops, bands, rounds, drafted, draftBand, header, scale } = this.store;
    const { scrollTop, clientHeight } = this.scroller;
    const wanted = new Set<number>();
    if (rounds.length > 0) {
      const first = bandAt(tops, scrollTop - MARGIN);
      const last = bandAt(tops, scrollTop + clientHeight + MARGIN);
      for (let i = first; i <= last; i++) wanted.add(i);
      // The band that holds the focus stays, or the keyboard would lose its place.
      if (this.canvas.contains(document.activeElement)) wanted.add(this.current.round);
    }
    const models = new Map<BandLayout, BandModel>();
    for (const i of [...wanted].sort((a, b) => a - b)) {
      const made = this.models.get(bands[i]);
      models.set(bands[i], made ?? roundModel(rounds[i], bands[i], this.record, header, scale ?? 1));
    }
    if (drafted !== null && draftBand !== null) {
      models.set(draftBand, this.models.get(draftBand) ?? draftedModel(drafted, draftBand));
    }
    this.models = models;
    return [...models.values()];
  }

  /** Width that a tree has before it must scroll. */
  private treeRoom(): number {
    const side = parseFloat(getComputedStyle(this.scroller).getPropertyValue('--side'));
    return this.scroller.clientWidth - 2 * side - METRICS.text;
  }

  /** One item takes part in the tab order: the current one, or the first round seen when that is far away. */
  private markCurrent(): void {
    if (this.store.rounds.length === 0) return;
    if (this.elementOf(this.current) === null) this.current = { at: 'round', round: this.visible[0] };
    const id = itemId(this.current);
    select(this.canvas)
      .selectAll<Element, unknown>('[role=treeitem]')
      .attr('tabindex', function () {
        return this.id === id ? 0 : -1;
      })
      .attr('aria-selected', function () {
        return String(this.id === id);
      });
    select(this.canvas)
      .selectAll<HTMLDivElement, BandModel>('.band')
      .classed('is-current', ({ index }) => index === this.current.round);
  }

  private listen(): void {
    this.scroller.addEventListener(
      'scroll',
      () => {
        const { scrollTop, clientHeight, scrollHeight } = this.scroller;
        this.following = scrollTop + clientHeight >= scrollHeight - SLACK;
        this.events.scroll();
      },
      { passive: true },
    );
    this.canvas.addEventListener('pointerover', ({ target }) => {
      const item = itemAt(target);
      this.events.hover(item, item === null ? null : itemElement(target));
    });
    this.canvas.addEventListener('pointerleave', () => this.events.hover(null, null));
    this.canvas.addEventListener('focusin', ({ target }) => {
      const item = itemAt(target);
      if (item === null) return;
      this.current = item;
      this.markCurrent();
      this.events.focus(item, target as Element);
    });
    this.canvas.addEventListener('click', ({ target }) => {
      const item = itemAt(target);
      if (item === null) return;
      this.elementOf(item)?.focus({ preventScroll: true });
      this.events.pin(item);
    });
    this.canvas.addEventListener('keydown', (event) => this.onKey(event));
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = itemAt(event.target);
    if (item === null) return;
    if (event.key === 'Enter' || event.key === ' ') this.events.pin(item);
    else if (event.key === 'Escape') this.events.escape();
    else {
      const to = moveFocus(event.key, item, this.record);
      if (to === null) return;
      this.focusItem(to);
    }
    event.preventDefault();
  }
}

function itemElement(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest('[data-item]') : null;
}

function itemAt(target: EventTarget | null): Item | null {
  return parseItemId(itemElement(target)?.getAttribute('data-item') ?? '');
}
