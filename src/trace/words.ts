import { decimal, plural, t } from '../l10n';

/** How numbers are written in sentences: the same words in findings, reports, the view and on the command line. */

/** What is counted in sentences. */
export type Noun = 'token' | 'round' | 'node' | 'byte' | 'thread' | 'core' | 'place' | 'correction';

/** `1 token`, `2 tokens` */
export function counted(count: number, noun: Noun): string {
  switch (noun) {
    case 'token':
      return plural(count, '{0} token', '{0} tokens');
    case 'round':
      return plural(count, '{0} round', '{0} rounds');
    case 'node':
      return plural(count, '{0} node', '{0} nodes');
    case 'byte':
      return plural(count, '{0} byte', '{0} bytes');
    case 'thread':
      return plural(count, '{0} thread', '{0} threads');
    case 'core':
      return plural(count, '{0} core', '{0} cores');
    case 'place':
      return plural(count, '{0} place', '{0} places');
    case 'correction':
      return plural(count, '{0} correction', '{0} corrections');
  }
}

/** A duration for people: `850 µs`, `15.9 ms`, `2.35 s`. */
export function formatDuration(microseconds: number): string {
  if (microseconds < 1000) return `${decimal(microseconds)} µs`;
  if (microseconds < 1e6) return `${decimal(microseconds / 1000, 1)} ms`;
  return `${decimal(microseconds / 1e6, 2)} s`;
}

/** A share as a percentage; a dash where there is nothing to share. */
export function formatShare(share: number | null): string {
  return share === null || Number.isNaN(share) ? '–' : t('{0} %', decimal(100 * share, 1));
}

/** A share as a whole percentage, for a sentence. */
export function percent(share: number): string {
  return t('{0} %', decimal(100 * share));
}
