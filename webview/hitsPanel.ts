import { select } from 'd3';
import { t } from '../src/l10n';
import { hitsGrid, type HitsCell, type HitsRow } from '../src/trace/charts/hitsGrid';
import { percent } from '../src/trace/words';
import type { Analyses } from './analyses';
import { conclusionOf } from './conclusionOf';
import type { Panel, Panels } from './panel';
import { drawColumns } from './table';

/** Where the target's tokens stood in the drafts, by depth and rank: a table whose cells are as strong as they are likely. */
export class HitsPanel {
  readonly panel: Panel;
  private readonly summary;
  private readonly table;

  constructor(
    panels: Panels,
    private readonly analyses: Analyses,
    toggled: () => void,
  ) {
    this.panel = panels.add({
      id: 'hits',
      title: t('Hit rate by depth and rank'),
      draw: () => this.draw(),
      toggled,
    });
    const { body } = this.panel;
    this.summary = select(body).append('p').attr('class', 'summary');
    const scroll = select(body)
      .append('div')
      .attr('class', 'table-scroll')
      .attr('tabindex', 0)
      .attr('role', 'group')
      .attr('aria-label', t('Hit rate by depth and rank'));
    this.table = scroll.append('table').attr('class', 'hits');
    this.table
      .append('caption')
      .attr('class', 'unseen')
      .text(t("The target's token among those drafted for its place, by depth and rank"));
    this.table.append('thead').append('tr');
    this.table.append('tbody');
    select(body)
      .append('p')
      .attr('class', 'remark')
      .text(
        t(
          'Hit rate = places whose token the node of that rank carried ÷ places where something was drafted. Siblings rank by q, else in the order of the offer; what the budget cut counts as offered. A dot: no draft had that rank there.',
        ),
      );
  }

  private draw(): void {
    const shown = conclusionOf(this.analyses, this.panel, this.summary);
    if (shown === null) return;
    const { ranks, rows } = hitsGrid(shown.analysis.statistics.hits);
    this.summary.text(summaryOf(rows));
    const names = [
      t('depth'),
      ...Array.from({ length: ranks }, (_, rank) => t('rank {0}', rank + 1)),
      t('outside'),
      t('places'),
    ];
    drawColumns(this.table, rows.length === 0 ? [] : names);
    const row = this.table
      .select('tbody')
      .selectAll<HTMLTableRowElement, HitsRow>('tr')
      .data(rows)
      .join('tr');
    row
      .selectAll('th')
      .data(({ depth }) => [depth])
      .join('th')
      .attr('scope', 'row')
      .text((depth) => depth);
    row
      .selectAll<HTMLTableCellElement, Cell>('td')
      .data(cellsOf)
      .join('td')
      .attr('class', ({ kind }) => `hits-${kind}`)
      .style('--share', ({ share }) => share)
      .attr('title', ({ title }) => title)
      .text(({ text }) => text);
  }
}

interface Cell {
  readonly kind: 'rank' | 'none' | 'outside' | 'places';
  readonly text: string;
  readonly share: number;
  readonly title: string;
}

function cellsOf({ depth, asked, cells, lower, outside }: HitsRow): Cell[] {
  const rank = ({ hits, share, offered }: HitsCell, i: number): Cell => ({
    kind: offered === 0 ? 'none' : 'rank',
    text: offered === 0 ? '·' : percent(share),
    share,
    title: t('depth {0}, rank {1}: {2} of {3} places; offered in {4}', depth, i + 1, hits, asked, offered),
  });
  return [
    ...cells.map(rank),
    {
      kind: 'outside',
      text: percent(outside),
      share: outside,
      title:
        lower > 0
          ? t('Not drafted at all; {0} stood at a rank below those shown', percent(lower))
          : t('Not drafted at all'),
    },
    { kind: 'places', text: `${asked}`, share: 0, title: t('Places where something was drafted') },
  ];
}

function summaryOf(rows: readonly HitsRow[]): string {
  if (rows.length === 0) return t('Nothing was drafted.');
  const [{ cells, outside }] = rows;
  const first = t(
    "At depth 1 the draft's first choice was the target's in {0} of the places, and {1} were outside the draft.",
    percent(cells[0].share),
    percent(outside),
  );
  const pruned = rows.reduce((sum, row) => sum + row.pruned, 0);
  return pruned === 0 ? first : `${first} ${t('{0} right tokens were cut by the budget.', pruned)}`;
}
