import { RoundsCsv } from '../../src/trace/roundsCsv';
import type { Round } from '../../src/trace/schema';

/** The table of rounds that are all at hand. */
export function roundsCsv(rounds: readonly Round[]): string {
  const csv = new RoundsCsv();
  rounds.forEach(csv.add);
  return csv.text;
}
