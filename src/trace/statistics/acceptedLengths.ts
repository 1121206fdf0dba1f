import type { Round } from '../schema';

/** `[n]` rounds that accepted n drafted tokens, of the rounds that verified a draft. */
export function acceptedLengths(rounds: readonly Round[]): number[] {
  const counts: number[] = [];
  for (const { accepted_path: path, state } of rounds) {
    if (state.every((one) => one === 'pruned')) continue;
    while (counts.length <= path.length) counts.push(0);
    counts[path.length]++;
  }
  return counts;
}
