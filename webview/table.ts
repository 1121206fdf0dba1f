import type { BaseType, Selection } from 'd3';

/** The names over a table's columns. */
export function drawColumns<E extends BaseType, P extends BaseType>(
  table: Selection<E, unknown, P, unknown>,
  names: readonly string[],
): void {
  table
    .select('thead tr')
    .selectAll('th')
    .data(names)
    .join('th')
    .attr('scope', 'col')
    .text((name) => name);
}

/** A table's rows, of which the first cell says what the others are of. */
export function drawRows<E extends BaseType, P extends BaseType>(
  table: Selection<E, unknown, P, unknown>,
  rows: readonly (readonly string[])[],
): void {
  const row = table.select('tbody').selectAll('tr').data(rows).join('tr');
  row
    .selectAll('th')
    .data((cells) => cells.slice(0, 1))
    .join('th')
    .attr('scope', 'row')
    .text((cell) => cell);
  row
    .selectAll('td')
    .data((cells) => cells.slice(1))
    .join('td')
    .text((cell) => cell);
}
