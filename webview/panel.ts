import { select } from 'd3';
import { t } from '../src/l10n';

export interface PanelOptions {
  /** The element's id, unique in the page: what refers to the panel refers to it by this. */
  readonly id: string;
  /** In the user's language. */
  readonly title: string;
  /** Takes a whole row where others stand two in one. */
  readonly whole?: boolean;
  /** Fills `body` from the record as it is now. Called while the panel is seen and the page is idle. */
  readonly draw: () => void;
  /** The user folded or unfolded it. */
  readonly toggled?: () => void;
}

/** Milliseconds after which a page that never idles draws a panel all the same. */
const LATEST = 1000;

/**
 * A part of the page under a heading of its own, which can be folded. It is drawn while it is seen and the page has
 * nothing better to do, never in a frame that shows a round: whoever changes what it shows says `changed`.
 */
export class Panel {
  readonly element: HTMLElement;
  /** Buttons beside the heading. */
  readonly actions: HTMLElement;
  readonly body: HTMLElement;
  private readonly draw: () => void;
  private stale = true;
  private seen = false;
  private waiting: number | null = null;

  constructor(parent: HTMLElement, { id, title, whole = false, draw, toggled }: PanelOptions) {
    this.draw = draw;
    const section = select(parent)
      .append('section')
      .attr('id', id)
      .attr('class', 'panel')
      .classed('is-whole', whole)
      .attr('aria-label', title);
    const head = section.append('div').attr('class', 'panel-head');
    const button = head
      .append('h2')
      .append('button')
      .attr('class', 'disclosure')
      .attr('aria-controls', `${id}-body`)
      .on('click', () => {
        this.open = !this.open;
        toggled?.();
      });
    button.append('span').attr('class', 'chevron').attr('aria-hidden', 'true');
    button.append('span').text(title);
    this.element = section.node()!;
    this.actions = head.append('div').attr('class', 'panel-actions').node()!;
    this.body = section.append('div').attr('id', `${id}-body`).attr('class', 'panel-body').node()!;
    this.open = true;
    new IntersectionObserver((entries) => {
      this.seen = entries.at(-1)?.isIntersecting ?? false;
      this.drawSoon();
    }).observe(this.element);
  }

  get open(): boolean {
    return this.element.classList.contains('is-open');
  }

  set open(open: boolean) {
    select(this.element).classed('is-open', open).select('.disclosure').attr('aria-expanded', String(open));
    select(this.body).attr('hidden', open ? null : '');
    select(this.actions).attr('hidden', open ? null : '');
    this.drawSoon();
  }

  /** Whether somebody looks at it. */
  get shown(): boolean {
    return this.seen && this.open;
  }

  /** What it shows became another. */
  changed(): void {
    this.stale = true;
    this.drawSoon();
  }

  /** Unfolds it, brings it into sight and puts the keyboard there. */
  reveal(): void {
    this.open = true;
    this.element.scrollIntoView({ block: 'nearest' });
    this.element.querySelector<HTMLElement>('.disclosure')?.focus({ preventScroll: true });
  }

  private drawSoon(): void {
    if (!this.stale || !this.shown || this.waiting !== null) return;
    this.element.setAttribute('aria-busy', 'true');
    this.waiting = requestIdleCallback(
      () => {
        this.waiting = null;
        this.element.removeAttribute('aria-busy');
        // It may have been folded or scrolled away meanwhile; then it waits until it is seen again.
        if (!this.shown) return;
        this.stale = false;
        this.draw();
      },
      { timeout: LATEST },
    );
  }
}

/**
 * The place of the panels: one below the other, or two in a row where there is room. The side panel has little of
 * it, so there they stand behind one button.
 */
export class Panels {
  readonly element: HTMLElement;
  private readonly button;
  private readonly remarkLine;

  constructor(parent: HTMLElement, toggled: () => void) {
    const section = select(parent)
      .append('section')
      .attr('class', 'panels')
      .attr('aria-label', t('Analysis'));
    this.button = section
      .append('button')
      .attr('class', 'disclosure')
      .attr('aria-expanded', 'false')
      .on('click', () => {
        this.open = !this.open;
        toggled();
      });
    this.button.append('span').attr('class', 'chevron').attr('aria-hidden', 'true');
    this.button.append('span').text(t('Analysis'));
    this.remarkLine = section.append('p').attr('class', 'summary panels-remark').attr('hidden', '');
    this.element = section.node()!;
  }

  /** Whether the side panel shows them; where there is room they are always shown. */
  get open(): boolean {
    return this.element.classList.contains('is-open');
  }

  set open(open: boolean) {
    this.element.classList.toggle('is-open', open);
    this.button.attr('aria-expanded', String(open));
  }

  /** What is to be said of all of them; empty for nothing. */
  set remark(sentence: string) {
    this.remarkLine.attr('hidden', sentence === '' ? '' : null).text(sentence);
  }

  add(options: PanelOptions): Panel {
    return new Panel(this.element, options);
  }
}
