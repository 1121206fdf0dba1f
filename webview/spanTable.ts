import { select } from 'd3';
import { decimal, t } from '../src/l10n';
import type { TimeSpan } from './timeSpans';
import { duration } from '../src/trace/labels';

/** Spans of time as a table with a bar in each row, one below the end of the other: a waterfall. */
export class SpanTable {
  private readonly table;

  constructor(parent: HTMLElement) {
    this.table = select(parent).append('table').attr('class', 'spans');
    this.table.append('caption').attr('class', 'unseen');
    const head = this.table.append('thead').attr('class', 'unseen').append('tr');
    for (const name of [t('phase'), t('when'), t('time'), t('share')]) {
      head.append('th').attr('scope', 'col').text(name);
    }
    this.table.append('tbody');
  }

  /** @param caption what the time is of */
  draw(caption: string, spans: readonly TimeSpan[]): void {
    this.table.select('caption').text(caption);
    const row = this.table
      .select('tbody')
      .selectAll('tr')
      .data(spans)
      .join((enter) => {
        const tr = enter.append('tr');
        tr.append('th').attr('scope', 'row');
        tr.append('td').attr('class', 'span-room').append('span');
        tr.append('td').attr('class', 'span-time');
        tr.append('td').attr('class', 'span-share');
        return tr;
      })
      .attr('title', ({ meaning }) => meaning);
    row.select('th').text(({ name }) => name);
    row
      .select('.span-room span')
      .attr('class', ({ phase }) => `span-${phase}`)
      .style('margin-left', ({ start }) => `${100 * start}%`)
      .style('width', ({ share }) => `${100 * share}%`);
    row.select('.span-time').text(({ us }) => duration(us));
    row.select('.span-share').text(({ share }) => t('{0} %', decimal(100 * share, share < 0.0995 ? 1 : 0)));
  }
}
