import { bisector, select } from 'd3';
import { PAGE } from '../src/protocol/view';
import { itemId, type Item } from './item';
import type { ShownRound } from './shownRound';
import type { RecordStore } from './store';
import type { Range } from './supply';
import { TextTrack, type Span } from './textTrack';

/** Neighbouring tokens of one origin alternate between two tints, so that each token can be told apart. */
const TINTS = ['accepted-0', 'accepted-1', 'target-0', 'target-1'] as const;

/** A piece of the text, at least `CHUNK` UTF-16 units long once it is full. */
interface Chunk {
  readonly element: HTMLSpanElement;
  readonly node: Text;
  /** Where it starts in the whole text, and which token is its first. */
  readonly start: number;
  readonly firstSpan: number;
  /** What is registered of it, while it is seen. */
  readonly marked: { readonly highlight: Highlight; readonly range: StaticRange }[];
  seen: boolean;
}

const CHUNK = 400;
/** Rounds whose text is on the page at once: all that a small model's context holds, and soon laid out. */
const MOST = 16 * PAGE;
const byStart = bisector(({ start }: Chunk) => start);

/**
 * The text so far, each token marked by its origin. Plain text with highlights registered over it rather than
 * an element a token: a screen reader reads it as text. The browser looks at every registered highlight again
 * after every change of the page, so only those of the chunks that are seen are registered. Of a run longer than
 * any page can lay out in a frame, the part around the rounds that are looked at is shown.
 */
export class TextView {
  private readonly section;
  private readonly body: HTMLElement;
  private readonly highlights = new Map<string, Highlight>();
  private readonly spanOf = new Map<string, Span>();
  private readonly sight: IntersectionObserver;
  private track = new TextTrack();
  private chunks: Chunk[] = [];
  private opened = true;
  /** The first round whose text is shown, and the one that comes next. */
  private first = 0;
  private next = 0;
  /** The round to scroll to once its text is here. */
  private goal: number | null = null;

  constructor(
    parent: HTMLElement,
    private readonly store: RecordStore,
    show: (item: Item) => void,
    private readonly toggled: () => void,
  ) {
    this.section = select(parent).append('section').attr('class', 'text');
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
    button.append('span').text('Text so far');
    this.body = this.section
      .append('div')
      .attr('id', 'text-body')
      .attr('class', 'text-body')
      .attr('tabindex', 0)
      .attr('role', 'region')
      .attr('aria-label', 'Text so far')
      .node()!;
    this.body.addEventListener('click', (event) => {
      const span = this.spanAt(event);
      if (span !== null) show(span.item);
    });
    for (const name of [...TINTS, 'current']) {
      const highlight = new Highlight();
      highlight.priority = name === 'current' ? 1 : 0;
      this.highlights.set(name, highlight);
      CSS.highlights.set(name, highlight);
    }
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
   * Shows the text around a round, up to a page more at a time.
   *
   * @returns whether there is more to show at once
   */
  draw(round: number): boolean {
    this.moveTo(round);
    const [, last] = this.part;
    const enough = this.next + PAGE;
    for (; this.next < Math.min(last, enough); this.next++) {
      const shown = this.store.passing(this.next);
      if (shown === null) break;
      this.append(shown);
    }
    if (this.goal !== null && this.goal < this.next) {
      this.scrollToRound(this.goal);
      this.goal = null;
    }
    return this.next === enough && this.next < last;
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
    this.spanOf.clear();
    this.sight.disconnect();
    this.chunks = [];
    this.body.replaceChildren();
    for (const highlight of this.highlights.values()) highlight.clear();
  }

  private append(round: ShownRound): void {
    const chunk = this.roomy();
    const known = this.track.spans.length;
    chunk.node.appendData(this.track.append(round));
    for (let i = known; i < this.track.spans.length; i++) {
      this.spanOf.set(itemId(this.track.spans[i].item), this.track.spans[i]);
      if (chunk.seen) this.register(chunk, i);
    }
  }

  private scrollToRound(round: number): void {
    const span = this.track.spans.find(({ item }) => item.round >= round);
    if (span === undefined) return;
    const { node, start } = this.chunkOf(span);
    const range = document.createRange();
    range.setStart(node, span.start - start);
    range.setEnd(node, span.end - start);
    this.body.scrollTop += range.getBoundingClientRect().top - this.body.getBoundingClientRect().top;
  }

  /** Shows the newest text. */
  scrollToEnd(): void {
    this.body.scrollTop = this.body.scrollHeight;
  }

  /** Marks the token of an item; a rejected node has none. */
  mark(item: Item): void {
    const highlight = this.highlights.get('current');
    highlight?.clear();
    const span = this.spanOf.get(itemId(item));
    if (span !== undefined) highlight?.add(this.range(span));
  }

  /** The last chunk, or a new one after a full one. Rounds are never split, and so tokens are not. */
  private roomy(): Chunk {
    const last = this.chunks.at(-1);
    if (last !== undefined && last.node.length < CHUNK) return last;
    const element = document.createElement('span');
    const chunk: Chunk = {
      element,
      node: document.createTextNode(''),
      start: last === undefined ? 0 : last.start + last.node.length,
      firstSpan: this.track.spans.length,
      marked: [],
      seen: false,
    };
    element.append(chunk.node);
    this.chunks.push(chunk);
    this.body.append(element);
    this.sight.observe(element);
    return chunk;
  }

  private onSight(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const index = this.chunks.findIndex(({ element }) => element === target);
      const chunk = this.chunks.at(index);
      if (index < 0 || chunk === undefined || chunk.seen === isIntersecting) continue;
      chunk.seen = isIntersecting;
      if (isIntersecting) {
        const end = this.chunks.at(index + 1)?.firstSpan ?? this.track.spans.length;
        for (let i = chunk.firstSpan; i < end; i++) this.register(chunk, i);
      } else {
        for (const { highlight, range } of chunk.marked.splice(0)) highlight.delete(range);
      }
    }
  }

  private register(chunk: Chunk, index: number): void {
    const span = this.track.spans[index];
    const highlight = this.highlights.get(`${span.origin}-${index % 2}`);
    if (highlight === undefined) return;
    const range = this.range(span);
    highlight.add(range);
    chunk.marked.push({ highlight, range });
  }

  private chunkOf({ start }: Span): Chunk {
    return this.chunks[byStart.right(this.chunks, start) - 1];
  }

  private range(span: Span): StaticRange {
    const { node, start } = this.chunkOf(span);
    return new StaticRange({
      startContainer: node,
      startOffset: span.start - start,
      endContainer: node,
      endOffset: span.end - start,
    });
  }

  /** The caret is set between characters: the one on either side may be the one that was pointed at. */
  private spanAt({ clientX: x, clientY: y }: MouseEvent): Span | null {
    const caret = document.caretPositionFromPoint(x, y);
    const chunk = this.chunks.find(({ node }) => node === caret?.offsetNode);
    if (caret === null || chunk === undefined) return null;
    const at = chunk.start + caret.offset;
    for (const span of [this.track.at(at), this.track.at(at - 1)]) {
      if (span === null) continue;
      const { node, start } = this.chunkOf(span);
      const range = document.createRange();
      range.setStart(node, span.start - start);
      range.setEnd(node, span.end - start);
      for (const box of range.getClientRects()) {
        if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) return span;
      }
    }
    return null;
  }
}
