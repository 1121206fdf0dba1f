import type { Evidence, Finding } from '../trace/findings/finding';

/** Findings as numbered sentences, each with what follows from it and where one sees it. */
export function findingsReport(found: readonly Finding[]): string {
  return found.map((finding, i) => `${i + 1}. ${finding.sentence}\n${details(finding)}`).join('');
}

function details({ rule, gain, setting, evidence }: Finding): string {
  const lines = [
    `rule ${rule}; ${placesOf(evidence)}`,
    ...(gain === null
      ? []
      : [
          `prediction (${gain.support}): ${gain.tokensPerSecond.toFixed(1)} tokens/s, ${gain.ratio.toFixed(2)} times the recorded run`,
        ]),
    ...(setting === null ? [] : [`to try: ${setting.key} = ${setting.value}`]),
  ];
  return lines.map((line) => `   ${line}\n`).join('');
}

/** Rounds that are named before the rest is counted. */
const NAMED = 8;

function placesOf({ rounds, depths }: Evidence): string {
  if (depths.length > 0) return `see depth ${depths.join(', ')}`;
  if (rounds.length === 0) return 'see the whole run';
  const named = [...new Set(rounds)];
  const more = named.length > NAMED ? ', …' : '';
  return `see round ${named.slice(0, NAMED).join(', ')}${more}`;
}
