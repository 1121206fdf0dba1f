import { otherTime, verifiedDepth, verifiedRows } from './roundFacts';
import type { Round } from './schema';

type Cell = string | number | null;

/** The columns of the table, in order. Times in microseconds. */
const COLUMNS: readonly (readonly [name: string, read: (round: Round) => Cell])[] = [
  ['round', ({ index }) => index],
  ['start_us', ({ start_us }) => start_us],
  ['position', ({ root }) => root.position],
  ['policy', ({ budget }) => budget.policy],
  ['budget_nodes', ({ budget }) => budget.nodes],
  ['budget_depth', ({ budget }) => budget.depth],
  ['offered', ({ token }) => token.length],
  ['rows', verifiedRows],
  ['depth', verifiedDepth],
  ['accepted', ({ accepted_path: path }) => path.length],
  ['emitted', ({ emitted }) => emitted.length],
  ['end', ({ end }) => end.kind],
  ['end_p', ({ emitted_p: p, end }) => (end.kind === 'none' ? null : (p.at(-1) ?? null))],
  ['draft_us', ({ t_us }) => t_us.draft],
  ['verify_us', ({ t_us }) => t_us.verify],
  ['sample_us', ({ t_us }) => t_us.sample],
  ['commit_us', ({ t_us }) => t_us.commit],
  ['other_us', otherTime],
  ['total_us', ({ t_us }) => t_us.total],
  ['kv_before', ({ kv }) => kv.before],
  ['kv_after', ({ kv }) => kv.after],
  // As JSON: one line a round whatever the tokens hold, and no cell that a spreadsheet takes for a formula.
  ['text', ({ emitted_text: text }) => JSON.stringify(text.join(''))],
];

/** Rounds as CSV (RFC 4180) with a line of names, one line a round; what is not known is empty. */
export class RoundsCsv {
  private readonly lines = [lineOf(COLUMNS.map(([name]) => name))];

  readonly add = (round: Round): void => {
    this.lines.push(lineOf(COLUMNS.map(([, read]) => read(round))));
  };

  get text(): string {
    return this.lines.join('');
  }
}

function lineOf(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const guarded = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
