import { select } from 'd3';
import type { Round } from '../src/trace/schema';
import { itemId, type Item } from './item';
import { TextTrack, type Span } from './textTrack';

/** Neighbouring tokens of one origin alternate between two tints, so that each token can be told apart. */
const TINTS = ['accepted-0', 'accepted-1', 'target-0', 'target-1'] as const;

/**
 * The text so far, each token marked by its origin. Plain text with highlights registered over it rather than
 * an element a token: a screen reader reads it as text, and it stays small whatever the run's length.
 */
export class TextView {
  private readonly section;
  private readonly body: HTMLElement;
  private readonly node = document.createTextNode('');
  private readonly highlights = new Map<string, Highlight>();
  private readonly spanOf = new Map<string, Span>();
  private track = new TextTrack();
  private opened = true;

  constructor(
    parent: HTMLElement,
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
    this.body.append(this.node);
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

  clear(): void {
    this.track = new TextTrack();
    this.spanOf.clear();
    this.node.data = '';
    for (const highlight of this.highlights.values()) highlight.clear();
  }

  append(rounds: readonly Round[]): void {
    const known = this.track.spans.length;
    this.node.appendData(rounds.map((round) => this.track.append(round)).join(''));
    this.track.spans.slice(known).forEach((span, i) => {
      this.spanOf.set(itemId(span.item), span);
      this.highlights.get(`${span.origin}-${(known + i) % 2}`)?.add(this.range(span));
    });
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

  private range({ start, end }: Span): StaticRange {
    return new StaticRange({
      startContainer: this.node,
      startOffset: start,
      endContainer: this.node,
      endOffset: end,
    });
  }

  /** The caret is set between characters: the one on either side may be the one that was pointed at. */
  private spanAt({ clientX: x, clientY: y }: MouseEvent): Span | null {
    const caret = document.caretPositionFromPoint(x, y);
    if (caret?.offsetNode !== this.node) return null;
    for (const span of [this.track.at(caret.offset), this.track.at(caret.offset - 1)]) {
      if (span === null) continue;
      const range = document.createRange();
      range.setStart(this.node, span.start);
      range.setEnd(this.node, span.end);
      for (const box of range.getClientRects()) {
        if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) return span;
      }
    }
    return null;
  }
}
