import { select } from 'd3';
import { t } from '../src/l10n';
import type { Drafted } from '../src/protocol/engine';
import { drawBand, enterBand } from './band';
import { BandCanvases, type Placed } from './bandCanvases';
import { draftedModel, glyphModel, roundModel, type BandModel } from './bandModel';
import { itemId, parseItemId, type Item } from '../src/trace/item';
import { moveFocus, type Walkable } from './keyboard';
import { bandAt, layoutBand, METRICS } from './layout';
import type { Selection } from './selection';
import type { ShownRound } from '../src/trace/shownRound';
import type { RecordStore } from './store';
import { TypeAhead } from './typeAhead';

/** What the list tells the rest of the view. */
export interface BandEvents {
  /** Pointed at, or no longer. */
  hover(item: Item | null, element: Element | null): void;
  focus(item: Item, element: Element): void;
  /** Enter or a click: keep its card. */
  pin(item: Item): void;
  escape(): void;
  /** The user scrolled: other bands are to be drawn. */
  scroll(): void;
  /** What is seen moved, by the user or by the list itself. */
  move(): void;
  /** The list became higher or lower. */
  resize(): void;
}

/** Pixels drawn above and below what is seen. */
const MARGIN = 240;
/** Closer to the end than this counts as being at the end. */
const SLACK = 8;
/** Milliseconds of a frame in which bands get elements; the canvas shows those that have to wait. */
const BUDGET = 5;
/**
 * Milliseconds after which scrolling has come to rest: until then, no band gets or loses its elements. A draft that
 * waits longer for its verdict gets elements too.
 */
const REST = 80;
/** No browser lays out a box much higher: of a longer list, a stretch of this height is on the page at a time. */
const STRETCH = 8_000_000;

/** A band's model, and what it was made of: another one asks for another model. */
interface Made {
  readonly model: BandModel;
  readonly of: ShownRound | Drafted | null;
  /** When it was made, and the drawing that it was made for. */
  readonly at: number;
  readonly drawing: number;
}

/**
 * The rounds, one band after another. Only the bands near the viewport are drawn, and their places come from the
 * store, so scrolling is the browser's own and nothing moves when rounds are added. A canvas shows them at once;
 * elements, which can be focused and read aloud, take its place when the scrolling rests, as fast as the frames
 * allow: each that comes or goes costs the browser a look at the whole page. So a round that has just ended is on the
 * screen one frame before its elements are made, and a draft that gets its verdict soon needs none.
 */
export class BandList {
  /** Whether the list stays at the newest round. */
  following = false;
  private readonly scroller: HTMLDivElement;
  private readonly canvas: HTMLDivElement;
  private readonly mass: BandCanvases;
  private readonly record: Walkable;
  private readonly typing = new TypeAhead();
  private models = new Map<number, Made>();
  /** Counts what was drawn. */
  private drawing = 0;
  private later: ReturnType<typeof setTimeout> | null = null;
  private readonly drawn = new WeakMap<HTMLDivElement, BandModel>();
  private shownPruned = false;
  /** Where the page's stretch of the list begins, in pixels of the whole list. */
  private origin = 0;
  /** Of the viewport, in CSS pixels: measured when it changes, since asking costs a layout. */
  private room = { width: 0, height: 0, tree: 0, above: 0 };
  private scrolled = 0;
  /** Where the page is to scroll once what is drawn stands on it, null where it is there. */
  private goal: number | null = null;
  /** Of the whole list, in pixels, as it was drawn last. */
  private drawnHeight = 0;
  /** When the user scrolled last. */
  private scrolledAt = -Infinity;
  /** What the heads of the bands say of the number of rounds. */
  private setSize = -1;
  /** The bands that have elements, by round. */
  private elements = new Map<number, HTMLDivElement>();
  /** The element that takes part in the tab order, and the band that stands out. */
  private marked: Element | null = null;
  private markedBand: HTMLDivElement | null = null;

  constructor(
    parent: HTMLElement,
    private readonly store: RecordStore,
    private readonly selection: Selection,
    private readonly events: BandEvents,
  ) {
    this.record = {
      get count() {
        return store.past;
      },
      head: (round) => store.head(round),
      round: (index) => store.round(index),
      shown: (round, node) => store.showPruned || round.state[node] !== 'pruned',
    };
    this.scroller = select(parent).append('div').attr('class', 'bands').node()!;
    this.canvas = select(this.scroller)
      .append('div')
      .attr('class', 'bands-canvas')
      .attr('role', 'tree')
      .attr('aria-label', t('Rounds'))
      .attr('aria-orientation', 'horizontal')
      .node()!;
    this.mass = new BandCanvases(this.canvas);
    this.listen();
    selection.subscribe((change) => {
      if (change === 'pointed') this.markPointed();
    });
    new ResizeObserver(() => {
      this.measure();
      this.events.resize();
    }).observe(this.scroller);
  }

  /** First and last round that is seen; an empty range before the first one. */
  get visible(): readonly [number, number] {
    const { top, height } = this.view;
    const last = this.store.past - 1;
    const at = (y: number) => Math.min(last, bandAt(this.store.tops, Math.max(0, y)));
    return [Math.max(0, at(top + 1)), at(top + height - 1)];
  }

  /** The bands that are seen, as they are drawn. */
  get seen(): readonly BandModel[] {
    const { top, height } = this.view;
    const isSeen = (model: BandModel) => {
      const start = this.store.tops[model.index];
      return start < top + height && start + model.height > top;
    };
    return this.near().filter(isSeen);
  }

  /** The scroll position as a round and the pixels below its top, so that it holds for any panel height. */
  get anchor(): { round: number; offset: number } {
    const { top } = this.view;
    const round = bandAt(this.store.tops, top);
    return { round, offset: top - (this.store.tops[round] ?? 0) };
  }

  set anchor({ round, offset }: { round: number; offset: number }) {
    this.scrollTo((this.store.tops[round] ?? 0) + offset);
    this.drawThere();
  }

  get element(): HTMLElement {
    return this.scroller;
  }

  /** CSS pixels. */
  get width(): number {
    return this.room.width;
  }

  /** Whether the user has stopped scrolling. */
  get rests(): boolean {
    return performance.now() - this.scrolledAt > REST;
  }

  /** Whether the keyboard is in the list. */
  get hasFocus(): boolean {
    return this.canvas.contains(document.activeElement);
  }

  /** A new record: the keyboard starts at its first round. */
  reset(): void {
    this.selection.current = { at: 'round', round: 0 };
    for (const element of this.elements.values()) element.remove();
    this.elements.clear();
    this.models.clear();
    this.setSize = -1;
    this.origin = 0;
    this.scrolled = 0;
    this.goal = 0;
    this.scroll();
  }

  /** The layout, the theme or the pixels of the screen became others. */
  restyle(): void {
    this.measure();
    this.mass.restyle();
  }

  /**
   * Draws the bands near the viewport, or near where it will be, and removes the others. The page follows with
   * `scroll`, when all that changes in this frame has been written: to move it costs a layout.
   *
   * @returns whether bands still wait for their elements: then it wants to be called again in the next frame
   */
  draw(): boolean {
    this.drawing++;
    this.resize();
    if (this.following) this.scrollTo(this.store.height);
    const models = this.near();
    const mounted = this.mount(models);
    const waiting = models
      .filter((model) => !mounted.has(model))
      .map((model) => ({ model, top: this.topOf(model.index) }));
    const { scrolled, room } = this;
    const isSeen = ({ model, top }: Placed) => top + model.height > scrolled && top < scrolled + room.height;
    const seen = waiting.filter(isSeen);
    const near = waiting.filter((placed) => !isSeen(placed));
    this.mass.draw([...seen, ...near], seen.length, room.width);
    this.isBusy = waiting.length > 0;
    this.markCurrent();
    if (waiting.some(({ model }) => !model.drafting)) return true;
    if (waiting.length > 0) this.lookLater();
    return false;
  }

  /** Draws at once what the list was led to; what else shows where it is follows in the next frame. */
  private drawThere(): void {
    this.draw();
    this.scroll();
    this.events.scroll();
  }

  /** Scrolls the page to where it was drawn for. */
  scroll(): void {
    if (this.goal === null) return;
    this.scroller.scrollTop = this.goal;
    this.goal = null;
    const expected = this.scrolled;
    this.scrolled = this.scroller.scrollTop;
    // The room was another than it was measured last.
    if (Math.abs(this.scrolled - expected) > SLACK) this.events.scroll();
  }

  /** Brings a round to the top, as far as there is something below it. */
  showRound(round: number): void {
    this.following = false;
    this.anchor = { round, offset: 0 };
  }

  /** Scrolls to an item and puts the keyboard there. */
  focusItem(item: Item): void {
    this.selection.current = item;
    this.reveal(item)?.focus({ preventScroll: true });
  }

  /** Scrolls just so far that an item is seen, and returns its element. */
  reveal(item: Item): (HTMLElement | SVGElement) | null {
    this.following = false;
    const view = this.view;
    const top = this.store.tops[item.round];
    const bottom = this.store.tops[item.round + 1];
    if (top < view.top) this.scrollTo(top);
    else if (bottom > view.top + view.height) this.scrollTo(Math.min(top, bottom - view.height));
    this.drawThere();
    const element = this.elementOf(item);
    element?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    return element;
  }

  /** The element of an item, null while its band has none. */
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

  /** A draft may wait long for its verdict. */
  private lookLater(): void {
    this.later ??= setTimeout(() => {
      this.later = null;
      this.events.scroll();
    }, REST);
  }

  private get isBusy(): boolean {
    return this.canvas.getAttribute('aria-busy') === 'true';
  }

  private set isBusy(busy: boolean) {
    if (busy !== this.isBusy) this.canvas.setAttribute('aria-busy', String(busy));
  }

  /** What of the list is seen, in its own pixels. */
  private get view(): { top: number; height: number } {
    return { top: this.scrolled + this.origin, height: this.room.height };
  }

  private measure(): void {
    const side = parseFloat(getComputedStyle(this.scroller).getPropertyValue('--side'));
    const { clientWidth: width, clientHeight: height, scrollTop } = this.scroller;
    const above = this.canvas.offsetTop;
    this.room = { width, height, tree: width - 2 * side - METRICS.text, above };
    // A place that it is on its way to is the nearer truth.
    if (this.goal === null) this.scrolled = scrollTop;
    for (const element of this.elements.values()) this.fit(element);
  }

  /** Whether a band's tree must scroll in itself. */
  private fit(element: HTMLDivElement): void {
    element.classList.toggle('is-overflowing', (this.drawn.get(element)?.treeWidth ?? 0) > this.room.tree);
  }

  private topOf(round: number): number {
    return this.store.tops[round] - this.origin;
  }

  private resize(): void {
    const { height } = this.store;
    this.drawnHeight = height;
    this.origin = Math.max(0, Math.min(this.origin, height - STRETCH));
    this.canvas.style.height = `${Math.min(height - this.origin, STRETCH)}px`;
  }

  /** Takes a place of the list for where it is, with its stretch around it, until `scroll` brings it there. */
  private scrollTo(y: number): void {
    const inside = y >= this.origin && y + this.room.height <= this.origin + STRETCH;
    if (!inside) this.origin = Math.max(0, Math.floor(y - STRETCH / 2));
    this.resize();
    this.goal = y - this.origin;
    const { above, height } = this.room;
    const last = above + Math.min(this.store.height - this.origin, STRETCH) - height;
    this.scrolled = Math.max(0, Math.min(this.goal, last));
  }

  /**
   * Moves the stretch along where the scrolling comes near its end: what is seen stays where it is.
   *
   * @returns whether it did, so that the bands must be placed anew
   */
  private moveStretch(): boolean {
    const { top, height } = this.view;
    const atStart = top - this.origin < height && this.origin > 0;
    const end = this.origin + STRETCH;
    const atEnd = top + 2 * height > end && this.store.height > end;
    if (!atStart && !atEnd) return false;
    this.origin = Math.max(0, Math.floor(top - STRETCH / 2));
    this.resize();
    this.goal = this.scrolled = top - this.origin;
    this.scroll();
    return true;
  }

  /** The models of the bands near the viewport, top to bottom; what did not change keeps its model. */
  private near(): BandModel[] {
    const { tops, past, pending, showPruned } = this.store;
    if (this.shownPruned !== showPruned) this.models.clear();
    this.shownPruned = showPruned;
    const { top, height } = this.view;
    const models = new Map<number, Made>();
    if (past > 0) {
      const last = Math.min(past - 1, bandAt(tops, top + height + MARGIN));
      for (let i = bandAt(tops, top - MARGIN); i <= last; i++) models.set(i, this.make(i));
      // The band that holds the focus stays, or the keyboard would lose its place.
      const { round } = this.selection.current;
      if (this.hasFocus && round < past) models.set(round, this.make(round));
    }
    if (pending !== null) {
      const { drafted, band } = pending;
      const made = this.models.get(drafted.index);
      models.set(
        drafted.index,
        made?.of === drafted ? made : this.made(drafted, draftedModel(drafted, band)),
      );
    }
    this.models = models;
    return [...models.values()].map(({ model }) => model).sort((a, b) => a.index - b.index);
  }

  private make(index: number): Made {
    const { store } = this;
    const round = store.round(index);
    const made = this.models.get(index);
    if (made !== undefined && made.of === round) return made;
    const scale = store.scale ?? 1;
    if (round === null) {
      return this.made(null, glyphModel(store.head(index), store.tops[index + 1] - store.tops[index], scale));
    }
    const hidden = store.showPruned ? undefined : (node: number) => round.state[node] === 'pruned';
    const layout = layoutBand(
      { ...round, depth: round.nodeDepth },
      { committed: round.committed, wanted: round.endKind === 'correction', hidden },
    );
    return this.made(round, roundModel(round, layout, this.record, store.header, scale));
  }

  private made(of: Made['of'], model: BandModel): Made {
    return { of, model, at: performance.now(), drawing: this.drawing };
  }

  /** Whether a band may get elements: the canvas showed it before, or old ones stand in front of the canvas. */
  private isRipe({ model, at, drawing }: Made, now: number): boolean {
    if (model.drafting) return now - at > REST;
    return drawing < this.drawing || this.elements.has(model.index);
  }

  /**
   * Gives bands their elements, those seen first, until the frame's share is used up.
   *
   * @returns the models that have elements now
   */
  private mount(models: readonly BandModel[]): Set<BandModel> {
    const { elements } = this;
    const { top, height } = this.view;
    const middle = bandAt(this.store.tops, top + height / 2);
    const urgent = (model: BandModel) => !model.drafting && model.index === this.selection.current.round;
    const isDrawn = (model: BandModel) => {
      const element = elements.get(model.index);
      return element !== undefined && this.drawn.get(element) === model;
    };
    const mounted = new Set(models.filter(isDrawn));
    const order = models
      .filter((model) => !mounted.has(model))
      .sort(
        (a, b) =>
          Number(urgent(b)) - Number(urgent(a)) || Math.abs(a.index - middle) - Math.abs(b.index - middle),
      );
    const began = performance.now();
    const { rests } = this;
    let changed = false;
    for (const model of order) {
      if (!urgent(model)) {
        if (!rests || performance.now() - began > BUDGET) break;
        const made = this.models.get(model.index);
        if (made === undefined || !this.isRipe(made, began)) continue;
      }
      changed = true;
      const element = elements.get(model.index) ?? this.enter();
      this.drawn.set(element, model);
      drawBand(element, model);
      element.style.height = `${model.height}px`;
      this.fit(element);
      elements.set(model.index, element);
      mounted.add(model);
    }
    const kept = new Map(models.map((model) => [model.index, model]));
    for (const [index, element] of elements) {
      // What has not happened yet at the moment shown goes at once, a verdict that was taken back too. A band that is
      // drawn anew keeps its elements until then: better old for a frame than none.
      const model = kept.get(index);
      const isEarly = model?.drafting === true && this.drawn.get(element)?.drafting === false;
      if (!isEarly && (model !== undefined || (!rests && index < this.store.past))) {
        element.style.top = `${this.topOf(index)}px`;
      } else {
        element.remove();
        elements.delete(index);
      }
    }
    if (changed || this.setSize !== this.store.past) this.arrange();
    return mounted;
  }

  private enter(): HTMLDivElement {
    const element = document.createElement('div');
    this.canvas.append(element);
    enterBand(element);
    return element;
  }

  /** In the document, too, bands stand from top to bottom: so they are read aloud. */
  private arrange(): void {
    const size = String(this.store.past);
    let after: HTMLDivElement | null = null;
    for (const [, element] of [...this.elements].sort(([a], [b]) => b - a)) {
      // Only what is out of place moves: an element that does loses the keyboard.
      const isBefore =
        after === null || (element.compareDocumentPosition(after) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
      if (!isBefore) this.canvas.insertBefore(element, after);
      element.querySelector('.band-head')?.setAttribute('aria-setsize', size);
      after = element;
    }
    this.setSize = this.store.past;
  }

  /** One item takes part in the tab order: the current one, or the first round seen when that is far away. */
  private markCurrent(): void {
    if (this.store.past === 0) return;
    if (!this.isMarked(this.selection.current) && this.elementOf(this.selection.current) === null) {
      const [first] = this.visible;
      // Not while bands wait for their elements: the current one's may be among them.
      if (!this.isBusy) this.selection.current = { at: 'round', round: first };
    }
    const { current } = this.selection;
    if (!this.isMarked(current)) {
      const mark = (element: Element | null, isCurrent: boolean) => {
        element?.setAttribute('tabindex', isCurrent ? '0' : '-1');
        element?.setAttribute('aria-selected', String(isCurrent));
      };
      mark(this.marked, false);
      this.marked = this.elementOf(current);
      mark(this.marked, true);
    }
    const band = this.elements.get(current.round) ?? null;
    if (band === this.markedBand) return;
    this.markedBand?.classList.remove('is-current');
    band?.classList.add('is-current');
    this.markedBand = band;
  }

  private isMarked(item: Item): boolean {
    return this.marked?.isConnected === true && this.marked.id === itemId(item);
  }

  /** What the pointer is at in another part of the view stands out here too. */
  private markPointed(): void {
    const { pointed } = this.selection;
    select(this.canvas).selectAll('.is-pointed').classed('is-pointed', false);
    if (pointed !== null) select(this.elementOf(pointed)).classed('is-pointed', true);
  }

  private listen(): void {
    this.scroller.addEventListener(
      'scroll',
      () => {
        const { scrollTop } = this.scroller;
        // What the list itself scrolled is not the user's scrolling, and it was drawn for where it is.
        const byUser = scrollTop !== this.scrolled;
        if (byUser) {
          this.scrolledAt = performance.now();
          this.scrolled = scrollTop;
          // Rounds that came since the list was drawn do not take the user away from its end.
          this.following = this.view.top + this.room.height >= this.drawnHeight - SLACK;
        }
        this.events.move();
        if (this.moveStretch() || byUser) this.events.scroll();
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
      this.selection.current = item;
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
    if (event.key === 'Enter') this.events.pin(item);
    else if (event.key === 'Escape') this.events.escape();
    else {
      const to =
        moveFocus(event.key, item, this.record) ??
        this.typing.move(event.key, item, this.record, event.timeStamp);
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
