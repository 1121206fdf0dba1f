import { bisector, select } from 'd3';
import { t } from '../src/l10n';
import { PAGE } from '../src/protocol/view';
import { itemId, parseItemId, type Item } from '../src/trace/item';
import type { ShownRound } from '../src/trace/shownRound';
import type { RecordStore } from './store';
import type { Range } from './supply';
import { TextTrack, type Span } from '../src/trace/textTrack';

/** A piece of the text, at least `CHUNK` UTF-16 units long once it is full. */
interface Chunk {
  readonly element: HTMLSpanElement;
  text: string;
  /** Where it starts in the whole text, and which token is its first. */
  readonly start: number;
  readonly firstSpan: number;
  /** Whether its tokens have elements. */
  seen: boolean;
  /** Whether it begins a block with a space that the line before ended with: it takes no room. */
  readonly hangs: boolean;
}

/** Where a line begins: at this token of this chunk. */
interface Cut {
  readonly chunk: number;
  readonly span: number;
  readonly hangs: boolean;
}

const CHUNK = 200;
/** Milliseconds of a frame in which text is added. */
const BUDGET = 2;
/** Farther than any text is long, in pixels. */
const END = 1e9;
/** Rounds whose text is on the page at once: all that a small model's context holds, and soon laid out. */
const MOST = 16 * PAGE;
const byStart = bisector(({ start }: Chunk) => start);
const byRound = bisector(({ item }: Span) => item.round);

/**
 * The text so far, each token marked by its origin. Only the tokens that are seen have elements; the rest is
 * plain text, which takes the same room. (Highlights registered over plain text would need no element, but the
 * browser paints all that is marked again in every frame.) The text stands in blocks that end where a line does, so
 * that a token that comes lays out the last block and not the whole text. Of a run longer than any page can lay out
 * in a frame, the part around the rounds that are looked at is shown.
 */
export class TextView {
  readonly element: HTMLElement;
  private readonly section;
  private readonly body: HTMLElement;
  /** The token of the item that the keyboard is at. */
  private readonly highlight = new Highlight();
  private readonly sight: IntersectionObserver;
  private track = new TextTrack();
  private chunks: Chunk[] = [];
  /** The first chunk of the last block. */
  private firstOpen = 0;
  /** CSS pixels that the lines were broken for. */
  private width = 0;
  private opened = true;
  /** The first round whose text is shown, and the one that comes next. */
  private first = 0;
  private next = 0;
  /** The round to scroll to once its text is here. */
  private goal: number | null = null;
  /** The first token that was not there yet at the moment shown: it and those after it only take their room. */
  private edge = Infinity;

  constructor(
    parent: HTMLElement,
    private readonly store: RecordStore,
    show: (item: Item) => void,
    private readonly toggled: () => void,
  ) {
    this.section = select(parent).append('section').attr('class', 'text');
    this.element = this.section.node()!;
    const button = this.section
      .append('h2')
      .append('button')
      .attr('class', 'disclosure')
      .attr('aria-controls', 'text-body')
      .on('click', () => {
        this.open = !this.opened;
        this.toggled();
      });
    button.append('span').attr('class', 'chevron').attr('aria-hidden', 'true');
    button.append('span').text(t('Text so far'));
    this.body = this.section
      .append('div')
      .attr('id', 'text-body')
      .attr('class', 'text-body')
      .attr('tabindex', 0)
      .attr('role', 'region')
      .attr('aria-label', t('Text so far'))
      .node()!;
    this.body.addEventListener('click', ({ target }) => {
      const token = target instanceof Element ? target.closest('[data-token]') : null;
      const item = parseItemId(token?.getAttribute('data-token') ?? '');
      if (item !== null) show(item);
    });
    this.body.addEventListener('copy', (event) => this.copy(event));
    CSS.highlights.set('current', this.highlight);
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width > 0 && contentRect.width !== this.width) this.rewrap(contentRect.width);
    }).observe(this.body);
    this.sight = new IntersectionObserver((entries) => this.onSight(entries), {
      root: this.body,
      rootMargin: '100px 0px',
    });
    this.open = true;
  }

  get open(): boolean {
    return this.opened;
  }

  set open(open: boolean) {
    this.opened = open;
    this.section.classed('is-open', open).select('button').attr('aria-expanded', String(open));
    select(this.body).attr('hidden', open ? null : '');
  }

  /** The rounds whose text is shown once their nodes are here. */
  get part(): Range {
    return [this.first, Math.min(this.store.count, this.first + MOST)];
  }

  /**
   * Shows the text around a round, as much more of it at a time as a frame has room for.
   *
   * @returns whether there is more to show at once
   */
  draw(round: number): boolean {
    this.moveTo(round);
    const [, last] = this.part;
    const began = performance.now();
    let isMissing = false;
    while (this.next < last && !isMissing && performance.now() - began < BUDGET) {
      const shown = this.store.passing(this.next);
      isMissing = shown === null;
      if (shown !== null) {
        this.append(shown);
        this.next++;
      }
    }
    this.veil();
    if (this.goal !== null && this.goal < this.next) {
      this.scrollToRound(this.goal);
      this.goal = null;
    }
    return !isMissing && this.next < last;
  }

  clear(): void {
    this.first = 0;
    this.next = 0;
    this.goal = null;
    this.empty();
  }

  /** Moves the part that is shown, where a round comes close to its end and there is more behind. */
  private moveTo(round: number): void {
    const last = Math.max(0, Math.ceil(this.store.count / PAGE) * PAGE - MOST);
    const wanted = Math.min(last, Math.max(0, Math.floor(round / PAGE) * PAGE - MOST / 2));
    const inside = round >= this.first + MOST / 4 || this.first === 0;
    const below = round < this.first + (3 * MOST) / 4 || this.first >= last;
    if ((inside && below) || wanted === this.first) return;
    this.first = wanted;
    this.next = wanted;
    this.goal = round;
    this.empty();
  }

  private empty(): void {
    this.track = new TextTrack();
    this.edge = Infinity;
    this.takeDown();
    this.highlight.clear();
  }

  private takeDown(): void {
    this.sight.disconnect();
    this.chunks = [];
    this.firstOpen = 0;
    this.body.replaceChildren();
  }

  private append(round: ShownRound): void {
    const known = this.track.spans.length;
    this.put(this.track.append(round), known, this.track.spans.length);
  }

  /** Adds the tokens `[from, to)`, whose text this is, to the page. */
  private put(added: string, from: number, to: number): void {
    const chunk = this.roomy(from);
    chunk.text += added;
    if (chunk.seen) {
      for (let i = from; i < to; i++) chunk.element.append(this.token(chunk, i));
      return;
    }
    const { lastChild } = chunk.element;
    if (lastChild instanceof Text) lastChild.appendData(added);
    else chunk.element.append(added);
  }

  /**
   * Closes the last block where a line begins, once there is enough of it: what stands before is not laid out again.
   * It asks where the browser put the text, so it belongs before all that is written in a frame.
   */
  settle(): void {
    if (!this.opened) return;
    const cuts: Cut[] = [];
    for (let i = this.firstOpen + 1; i < this.chunks.length; i++) {
      // Less than this may be less than a line.
      const cut = this.chunks[i].text.length < CHUNK / 2 ? null : this.lineStart(i);
      if (cut !== null) cuts.push(cut);
    }
    const last = cuts.at(-1);
    if (last === undefined) return;
    for (const cut of [...cuts].reverse()) this.cut(cut);
    this.firstOpen = last.chunk + cuts.length;
  }

  /** Ends a block before a token; what follows it in the block is the next one. */
  private cut({ chunk: at, span, hangs }: Cut): void {
    const chunk = this.chunks[at];
    const { start } = this.track.spans[span];
    const text = chunk.text.slice(start - chunk.start);
    const rest: Chunk = { ...this.newChunk(text, start, span), seen: chunk.seen, hangs };
    chunk.text = chunk.text.slice(0, start - chunk.start);
    const block = document.createElement('div');
    chunk.element.parentElement?.after(block);
    while (chunk.element.nextSibling !== null) block.append(chunk.element.nextSibling);
    block.prepend(rest.element);
    this.chunks.splice(at + 1, 0, rest);
    this.fill(at);
    this.fill(at + 1);
    this.sight.observe(rest.element);
  }

  /** The lines are as wide as this, or their letters became others: they break elsewhere. */
  rewrap(width = this.width): void {
    this.width = width;
    const text = this.chunks.map((chunk) => chunk.text).join('');
    const wasSeen = this.chunks
      .filter(({ seen }) => seen)
      .map(({ start, text: { length } }) => [start, start + length]);
    this.takeDown();
    const { spans } = this.track;
    for (let from = 0, to = 0; from < spans.length; from = to) {
      const { start } = spans[from];
      while (to < spans.length && spans[to].start < start + CHUNK) to++;
      this.put(text.slice(start, spans[to - 1].end), from, to);
    }
    this.chunks.forEach((chunk, i) => {
      const end = chunk.start + chunk.text.length;
      chunk.seen = wasSeen.some(([first, last]) => first < end && last > chunk.start);
      if (chunk.seen) this.fill(i);
    });
  }

  /** Blocks are not lines of the text: it is copied as it is. */
  private copy(event: ClipboardEvent): void {
    const selection = getSelection();
    const range = selection === null || selection.isCollapsed ? null : selection.getRangeAt(0);
    if (range === null || !this.body.contains(range.commonAncestorContainer)) return;
    event.clipboardData?.setData('text/plain', range.toString());
    event.preventDefault();
  }

  /** The first token of a chunk with which a line begins, null while there is none. */
  private lineStart(at: number): Cut | null {
    const chunk = this.chunks[at];
    const { spans } = this.track;
    const end = this.chunks.at(at + 1)?.firstSpan ?? spans.length;
    for (let i = chunk.firstSpan + 1; i < end; i++) {
      const before = spans[i].start - chunk.start - 1;
      const isLine = chunk.text[before] === '\n';
      const hangs = !isLine && chunk.text[before + 1] === ' ';
      const first = before + (hangs ? 2 : 1);
      if (/^\s?$/.test(chunk.text.charAt(first))) continue;
      if (isLine || this.isBelow(chunk, first, before)) return { chunk: at, span: i, hangs };
    }
    return null;
  }

  /** Whether one character stands in a line below another one's. */
  private isBelow(chunk: Chunk, offset: number, other: number): boolean {
    const [lower, upper] = [this.placeOf(chunk, offset), this.placeOf(chunk, other)];
    return lower !== undefined && upper !== undefined && lower.top > upper.top + upper.height / 2;
  }

  /** Where a character of a chunk is, undefined while it has no place. */
  private placeOf(chunk: Chunk, offset: number): DOMRect | undefined {
    const range = document.createRange();
    const walker = document.createTreeWalker(chunk.element, NodeFilter.SHOW_TEXT);
    let left = offset;
    for (
      let node = walker.nextNode() as Text | null;
      node !== null;
      node = walker.nextNode() as Text | null
    ) {
      if (left < node.length) {
        range.setStart(node, left);
        range.setEnd(node, left + 1);
        return range.getClientRects()[0];
      }
      left -= node.length;
    }
    return undefined;
  }

  /** Hides what the run had not written yet. */
  private veil(): void {
    const { moment, past } = this.store;
    const edge = moment === null ? Infinity : byRound.left(this.track.spans, past);
    if (edge === this.edge) return;
    const first = Math.min(edge, this.edge);
    this.edge = edge;
    this.chunks.forEach((chunk, i) => {
      const end = this.chunks.at(i + 1)?.firstSpan ?? this.track.spans.length;
      chunk.element.classList.toggle('is-later', chunk.firstSpan >= edge);
      if (!chunk.seen || end <= first) return;
      [...chunk.element.children].forEach((token, j) => {
        token.classList.toggle('is-later', chunk.firstSpan + j >= edge);
      });
    });
  }

  /** Scrolls just so far that the last token before the moment shown is seen. */
  scrollToEdge(): void {
    const last = this.edge > 0 ? this.track.spans.at(this.edge - 1) : undefined;
    if (last === undefined) return;
    const { element, seen, firstSpan } = this.chunkOf(last);
    const target = seen ? element.children[this.edge - 1 - firstSpan] : element;
    const [box, room] = [target.getBoundingClientRect(), this.body.getBoundingClientRect()];
    if (box.top < room.top) this.body.scrollTop += box.top - room.top;
    else if (box.bottom > room.bottom) this.body.scrollTop += box.bottom - room.bottom;
  }

  private scrollToRound(round: number): void {
    const span = this.track.spans.find(({ item }) => item.round >= round);
    if (span === undefined) return;
    const { top } = this.chunkOf(span).element.getBoundingClientRect();
    this.body.scrollTop += top - this.body.getBoundingClientRect().top;
  }

  /** Shows the newest text. */
  scrollToEnd(): void {
    // As far as there is something to scroll: to ask how far costs as much as to go there.
    this.body.scrollTop = END;
  }

  /** Marks the token of an item; a rejected node has none. */
  mark(item: Item): void {
    this.highlight.clear();
    const token = this.body.querySelector(`[data-token="${itemId(item)}"]`);
    if (token === null) return;
    const range = document.createRange();
    range.selectNodeContents(token);
    this.highlight.add(range);
  }

  /**
   * The last chunk, or a new one after a full one.
   *
   * @param span the token that comes next; none is ever split
   */
  private roomy(span: number): Chunk {
    const last = this.chunks.at(-1);
    if (last !== undefined && last.text.length < CHUNK) return last;
    const chunk = this.newChunk('', last === undefined ? 0 : last.start + last.text.length, span);
    this.chunks.push(chunk);
    const block = this.body.lastElementChild ?? this.body.appendChild(document.createElement('div'));
    block.append(chunk.element);
    this.sight.observe(chunk.element);
    return chunk;
  }

  private newChunk(text: string, start: number, firstSpan: number): Chunk {
    const element = document.createElement('span');
    element.classList.toggle('is-later', firstSpan >= this.edge);
    return { element, text, start, firstSpan, seen: false, hangs: false };
  }

  private onSight(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const index = this.chunks.findIndex(({ element }) => element === target);
      const chunk = this.chunks.at(index);
      if (index < 0 || chunk === undefined || chunk.seen === isIntersecting) continue;
      chunk.seen = isIntersecting;
      this.fill(index);
    }
  }

  /** Puts a chunk's text on the page, with an element a token where it is seen. */
  private fill(index: number): void {
    const chunk = this.chunks[index];
    if (!chunk.seen) {
      chunk.element.replaceChildren(...withHungSpace(chunk.text, chunk.hangs));
      return;
    }
    const end = this.chunks.at(index + 1)?.firstSpan ?? this.track.spans.length;
    const tokens: HTMLSpanElement[] = [];
    for (let i = chunk.firstSpan; i < end; i++) tokens.push(this.token(chunk, i));
    chunk.element.replaceChildren(...tokens);
  }

  /** Neighbouring tokens of one origin alternate between two tints, so that each can be told apart. */
  private token(chunk: Chunk, index: number): HTMLSpanElement {
    const { item, origin, start, end } = this.track.spans[index];
    const element = document.createElement('span');
    element.className = `${origin === 'accepted' ? 'accepted' : 'target'}-${index % 2}`;
    element.classList.toggle('is-later', index >= this.edge);
    element.dataset['token'] = itemId(item);
    const text = chunk.text.slice(start - chunk.start, end - chunk.start);
    element.append(...withHungSpace(text, chunk.hangs && index === chunk.firstSpan));
    return element;
  }

  private chunkOf({ start }: Span): Chunk {
    return this.chunks[byStart.right(this.chunks, start) - 1];
  }
}

/** A text whose first space the line before ended with, so that it takes no room here. */
function withHungSpace(text: string, hangs: boolean): (string | Node)[] {
  if (!hangs) return [text];
  const space = document.createElement('span');
  space.className = 'hung';
  space.textContent = text.slice(0, 1);
  return [space, text.slice(1)];
}
