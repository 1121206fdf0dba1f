import { select } from 'd3';
import { t } from '../src/l10n';
import type { Item } from '../src/trace/item';
import type { RunFacts } from '../src/trace/reasons';
import type { Round } from '../src/trace/schema';
import type { ShownRound } from '../src/trace/shownRound';
import './nodeTable.css';
import { nodeTableModel, type NodeRow } from './nodeTableModel';
import { drawColumns } from './table';

/** The table twin of a round's drawing, folded until somebody asks for it; only then are its rows made. */
export class NodeTable {
  private readonly root;
  private subject: {
    readonly round: ShownRound | null;
    readonly whole: Round | null;
    readonly run: RunFacts;
  } = {
    round: null,
    whole: null,
    run: null,
  };
  private stale = true;

  /** @param show the user wants to see a row's node in the drawing */
  constructor(
    parent: HTMLElement,
    private readonly show: (item: Item) => void,
  ) {
    this.root = select(parent)
      .append('details')
      .attr('class', 'node-table')
      .attr('hidden', '')
      .on('toggle', () => this.fill());
    this.root.append('summary').text(t('Nodes as a table'));
    const table = this.root
      .append('div')
      .attr('class', 'table-scroll')
      .attr('tabindex', 0)
      .attr('role', 'group')
      .append('table');
    table.append('caption');
    table.append('thead').append('tr');
    table.append('tbody');
  }

  /**
   * @param round null while its nodes are not here
   * @param whole the round as the trace has it, null while it is not here
   */
  draw(round: ShownRound | null, whole: Round | null, run: RunFacts): void {
    // The user looks at one item of a round after another.
    if (round === this.subject.round && whole === this.subject.whole) return;
    this.subject = { round, whole, run };
    this.stale = true;
    this.root.attr('hidden', round === null || round.parent.length === 0 ? '' : null);
    this.fill();
  }

  private fill(): void {
    const { round, whole, run } = this.subject;
    if (!this.stale || round === null || !this.root.property('open')) return;
    this.stale = false;
    const { caption, columns, rows } = nodeTableModel(round, whole, run);
    const table = this.root.select('table');
    this.root.select('.table-scroll').attr('aria-label', caption);
    table.select('caption').text(caption);
    drawColumns(table, columns);
    const row = table
      .select('tbody')
      .selectAll<HTMLTableRowElement, NodeRow>('tr')
      .data(rows, ({ id }) => id)
      .join((enter) => {
        const tr = enter.append('tr');
        tr.append('th').attr('scope', 'row').append('button').attr('class', 'link');
        return tr;
      })
      .order();
    row
      .select('button')
      .text(({ name }) => name)
      .on('click', (_, { item }) => this.show(item));
    row
      .selectAll('td')
      .data(({ cells }) => cells)
      .join('td')
      .text((cell) => cell);
  }
}
