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
}

const CHUNK = 400;
/** Rounds whose text is on the page at once: all that a small model's context holds, and soon laid out. */
const MOST = 16 * PAGE;
const byStart = bisector(({ start }: Chunk) => start);
const byRound = bisector(({ item }: Span) => item.round);

/**
 * The text so far, each token marked by its origin. Only the tokens that are seen have elements; the rest is
 * plain text, which takes the same room. (Highlights registered over plain text would need no element, but the
 * browser paints all that is marked again in every frame.) Of a run longer than any page can lay out in a frame,
 * the part around the rounds that are looked at is shown.
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
    CSS.highlights.set('current', this.highlight);
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
    this.veil();
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
    this.edge = Infinity;
    this.sight.disconnect();
    this.chunks = [];
    this.body.replaceChildren();
    this.highlight.clear();
  }

  private append(round: ShownRound): void {
    const chunk = this.roomy();
    const known = this.track.spans.length;
    const added = this.track.append(round);
    chunk.text += added;
    for (let i = known; i < this.track.spans.length; i++) {
      if (chunk.seen) chunk.element.append(this.token(chunk, i));
    }
    if (!chunk.seen) chunk.element.append(added);
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
    this.body.scrollTop = this.body.scrollHeight;
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

  /** The last chunk, or a new one after a full one. Rounds are never split, and so tokens are not. */
  private roomy(): Chunk {
    const last = this.chunks.at(-1);
    if (last !== undefined && last.text.length < CHUNK) return last;
    const chunk: Chunk = {
      element: document.createElement('span'),
      text: '',
      start: last === undefined ? 0 : last.start + last.text.length,
      firstSpan: this.track.spans.length,
      seen: false,
    };
    chunk.element.classList.toggle('is-later', chunk.firstSpan >= this.edge);
    this.chunks.push(chunk);
    this.body.append(chunk.element);
    this.sight.observe(chunk.element);
    return chunk;
  }

  private onSight(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const index = this.chunks.findIndex(({ element }) => element === target);
      const chunk = this.chunks.at(index);
      if (index < 0 || chunk === undefined || chunk.seen === isIntersecting) continue;
      chunk.seen = isIntersecting;
      if (!isIntersecting) {
        chunk.element.replaceChildren(chunk.text);
        continue;
      }
      const end = this.chunks.at(index + 1)?.firstSpan ?? this.track.spans.length;
      const tokens: HTMLSpanElement[] = [];
      for (let i = chunk.firstSpan; i < end; i++) tokens.push(this.token(chunk, i));
      chunk.element.replaceChildren(...tokens);
    }
  }

  /** Neighbouring tokens of one origin alternate between two tints, so that each can be told apart. */
  private token(chunk: Chunk, index: number): HTMLSpanElement {
    const { item, origin, start, end } = this.track.spans[index];
    const element = document.createElement('span');
    element.className = `${origin === 'accepted' ? 'accepted' : 'target'}-${index % 2}`;
    element.classList.toggle('is-later', index >= this.edge);
    element.dataset['token'] = itemId(item);
    element.textContent = chunk.text.slice(start - chunk.start, end - chunk.start);
    return element;
  }

  private chunkOf({ start }: Span): Chunk {
    return this.chunks[byStart.right(this.chunks, start) - 1];
  }
}
