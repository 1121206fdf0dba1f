import { select } from 'd3';
import { t } from '../src/l10n';
import type { Table } from '../src/trace/charts/chart';
import { drawColumns, drawRows } from './table';

let made = 0;

/** The numbers behind a drawing and their formulas, for who asks: a button shows them below it. */
export class Numbers {
  private readonly root;
  private readonly button;

  /**
   * @param actions where the button stands
   * @param title what the numbers are of
   */
  constructor(actions: HTMLElement, body: HTMLElement, title: string) {
    const id = `numbers${made++}`;
    this.button = select(actions)
      .append('button')
      .attr('class', 'link')
      .attr('aria-expanded', 'false')
      .attr('aria-controls', id)
      .attr('aria-label', t('Numbers and formulas: {0}', title))
      .text(t('Numbers'))
      .on('click', () => {
        this.open = !this.open;
      });
    this.root = select(body).append('div').attr('id', id).attr('class', 'numbers').attr('hidden', '');
    this.root.append('ul').attr('class', 'formulas');
  }

  get open(): boolean {
    return this.button.attr('aria-expanded') === 'true';
  }

  set open(open: boolean) {
    this.button.attr('aria-expanded', String(open));
    this.root.attr('hidden', open ? null : '');
  }

  draw(formulas: readonly string[], tables: readonly Table[]): void {
    this.root
      .select('.formulas')
      .selectAll('li')
      .data(formulas)
      .join('li')
      .text((formula) => formula);
    this.root
      .selectAll<HTMLDivElement, Table>('.table-scroll')
      .data(tables)
      .join((enter) => {
        const box = enter.append('div').attr('class', 'table-scroll');
        const table = box.append('table');
        table.append('caption');
        table.append('thead').append('tr');
        table.append('tbody');
        return box;
      })
      .each(function (table) {
        drawTable(this, table);
      });
  }
}

function drawTable(box: HTMLElement, { caption, columns, rows }: Table): void {
  const table = select(box)
    .attr('tabindex', 0)
    .attr('role', 'group')
    .attr('aria-label', caption)
    .select('table');
  table.select('caption').text(caption);
  drawColumns(table, columns);
  drawRows(table, rows);
}
