import { select } from 'd3';
import { t } from '../src/l10n';
import type { Details } from './details';
import type { Item } from '../src/trace/item';
import { maskOf } from './maskModel';
import { MaskTree, type MaskEvents } from './maskTree';
import { NodeTable } from './nodeTable';
import { OUTLINES } from './shapes';
import type { RunFacts } from '../src/trace/reasons';
import type { Round } from '../src/trace/schema';
import type { RoundHead, ShownRound } from '../src/trace/shownRound';
import { SpanTable } from './spanTable';
import { timeSpans } from './timeSpans';
import { probability } from '../src/trace/labels';

/** What a card is about. */
export interface CardSubject {
  readonly item: Item;
  /** The item's round, with its nodes where they are here. */
  readonly round: ShownRound | RoundHead;
  readonly details: Details;
  /** The round as the trace has it, null while it is not here. */
  readonly whole: Round | null;
  readonly run: RunFacts;
}

/**
 * The details of one item, and of its round. It floats beside what is pointed at, or stands still: pinned in the
 * panel, always in the wide layout.
 */
export class Card {
  readonly element: HTMLElement;
  private readonly root;
  private readonly spans: SpanTable;
  private readonly mask: MaskTree;
  private readonly table: NodeTable;
  /** The round whose parts are drawn. */
  private round: ShownRound | RoundHead | null = null;

  constructor(parent: HTMLElement, close: () => void, events: MaskEvents) {
    this.root = select(parent).append('section').attr('class', 'card').attr('aria-label', t('Details'));
    this.element = this.root.node()!;
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
      .attr('aria-label', t('Close details'))
      .text('✕')
      .on('click', close);
    this.root.append('p').attr('class', 'card-reason');
    const columns = this.root.append('div').attr('class', 'card-columns');
    const token = columns.append('div').attr('class', 'card-item');
    token.append('dl').attr('class', 'facts');
    const top = token.append('div').attr('class', 'candidates');
    top.append('h3').text(t("The target's own ranking here"));
    top.append('ol');
    const round = columns.append('div').attr('class', 'card-round');
    round.append('h3');
    this.spans = new SpanTable(round.node()!);
    this.mask = new MaskTree(round.node()!, events);
    this.table = new NodeTable(this.element, (item) => events.show(item));
    this.hide();
  }

  hide(): void {
    this.root.attr('hidden', '').attr('data-placed', null);
  }

  /** Stands in its own place in the layout. */
  dock(subject: CardSubject): void {
    this.fill(subject);
    this.root.attr('hidden', null).attr('data-placed', 'docked').style('left', null).style('top', null);
  }

  /** Floats below an element, or above it where there is no room below, and never over it. */
  float(subject: CardSubject, beside: Element): void {
    this.fill(subject);
    this.root.attr('hidden', null).attr('data-placed', 'floating');
    const anchor = beside.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.root.node()!;
    const space = { width: window.innerWidth, height: window.innerHeight };
    const left = Math.max(8, Math.min(anchor.left, space.width - width - 8));
    const below = anchor.bottom + 6;
    const top = below + height <= space.height - 4 ? below : Math.max(4, anchor.top - height - 6);
    this.root.style('left', `${left}px`).style('top', `${top}px`);
  }

  /** Shows which node the pointer is at. */
  point(item: Item | null): void {
    this.mask.mark(item);
  }

  private fill({ item, round, details, whole, run }: CardSubject): void {
    this.root
      .attr('data-about', item.at)
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
    this.fillRound(round);
    this.table.draw('parent' in round ? round : null, whole, run);
    this.mask.mark(item);
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
        [chosen ? t('chosen') : '', drafted ? t('drafted') : ''].filter(Boolean).join(', '),
      );
  }

  /** What is the same for all items of a round. */
  private fillRound(round: ShownRound | RoundHead): void {
    if (this.round === round) return;
    this.round = round;
    const name = t('Round {0}', round.index);
    this.root.select('.card-round h3').text(name);
    this.spans.draw(name, timeSpans(round.t_us));
    this.mask.draw('parent' in round ? maskOf(round) : null);
  }
}
