/** How numbers are written in sentences: the same words in findings, reports and on the command line. */

/** `1 token`, `2 tokens` */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** A duration for people: `850 µs`, `15.9 ms`, `2.35 s`. */
export function formatDuration(microseconds: number): string {
  if (microseconds < 1000) return `${Math.round(microseconds)} µs`;
  if (microseconds < 1e6) return `${(microseconds / 1000).toFixed(1)} ms`;
  return `${(microseconds / 1e6).toFixed(2)} s`;
}

/** A share as a percentage; a dash where there is nothing to share. */
export function formatShare(share: number | null): string {
  return share === null || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`;
}

/** A share as a whole percentage, for a sentence. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
