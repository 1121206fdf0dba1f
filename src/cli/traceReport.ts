import { depthRates } from '../decoding/metrics';
import { agreementText, headFacts } from '../trace/runFacts';
import type { TraceHeader } from '../trace/schema';
import type { Recount } from '../trace/summary';
import { counted, formatBytes, formatDuration, formatShare, table } from './format';

/** A trace's summary as text: what was run, what came out, and where the time went. */
export function traceReport(header: TraceHeader, summary: Recount): string {
  const parts = [setting(header, summary), measures(header, summary)];
  if (summary.byDepth.length > 0) parts.push(depths(summary));
  return parts.join('\n');
}

function setting(header: TraceHeader, summary: Recount): string {
  const { model, weights, provider, threads } = header;
  const { temperature, seed } = header.sampler;
  const law = temperature === 0 ? 'greedy' : `temperature ${temperature}, seed ${seed}`;
  const { rule, lossless } = header.acceptance;
  return [
    `${model.name}, ${weights} weights, ${provider}, ${counted(threads, 'thread')}`,
    `${header.drafter.name}, acceptance rule ${rule} (${lossless ? 'lossless' : 'lossy'}), ${law}`,
    ...weightsLines(header),
    ...choice('Provider', provider, header.provider_choice),
    ...(header.drafter.head === undefined ? [] : [headLine(header.drafter.head)]),
    ...(summary.fallback === undefined ? [] : [fallbackSentence(summary.fallback)]),
    `Recorded ${header.created}, finish reason ${summary.finishReason ?? 'unknown: cut off'}`,
    '',
  ].join('\n');
}

/** Why something was taken that was not asked for by name. */
function choice(what: string, used: string, chosen: TraceHeader['provider_choice']): string[] {
  return chosen === undefined || chosen.wanted === used ? [] : [`${what} ${chosen.wanted}: ${chosen.reason}`];
}

/** Why the weights are these, and how far they agree with fp32. The reason of `auto` says both. */
function weightsLines(header: TraceHeader): string[] {
  const reason = choice('Weights', header.weights, header.weights_choice);
  return reason.length > 0 || header.weights === 'fp32' ? reason : [agreementLine(header)];
}

/** How far the weights, which are not fp32, agree with it: one line. */
export function agreementLine(header: TraceHeader): string {
  return `Agreement of ${header.weights} with fp32: ${agreementText(header)}`;
}

/** What a trained head is and where it comes from: one line. */
export function headLine(head: NonNullable<TraceHeader['drafter']['head']>): string {
  const line = headFacts(head)
    .map(([label, value]) => `${label} ${value}`)
    .join('; ');
  return `${line[0].toUpperCase()}${line.slice(1)}`;
}

/** What became of a provider that failed on the way. */
export function fallbackSentence({ round, from, to, reason }: NonNullable<Recount['fallback']>): string {
  return `From round ${round} on it ran on ${to}: ${from} failed (${reason})`;
}

function measures({ prefill }: TraceHeader, summary: Recount): string {
  const { t_us: time } = summary;
  const within = summary.rounds - summary.bonus - summary.corrections;
  const rest = time.total - time.draft - time.verify - time.sample - time.commit;
  const share = (part: number) => formatShare(time.total > 0 ? part / time.total : null);
  const lines: [string, string][] = [
    [
      'Prompt',
      `${counted(summary.promptTokens, 'token')}, ${prefill.reused} of them kept from before; ` +
        `read in ${formatDuration(time.prefill)}`,
    ],
    ['Output', `${counted(summary.tokens, 'token')} in ${counted(summary.rounds, 'round')}`],
    ['Acceptance length', measure(summary.acceptanceLength, 2, 'tokens per target forward')],
    [
      'Speed',
      `${measure(summary.tokensPerSecond, 1, 'tokens/s')} over ${formatDuration(time.total)} of rounds`,
    ],
    [
      'Drafted',
      `${counted(summary.drafted, 'node')}: ${summary.accepted} accepted, ${summary.rejected} rejected, ` +
        `${summary.notReached} not reached, ${summary.pruned} pruned`,
    ],
    [
      'Round ends',
      `${summary.bonus} bonus, ${counted(summary.corrections, 'correction')}, ${within} inside the draft`,
    ],
    [
      'Round time',
      `draft ${share(time.draft)}, verify ${share(time.verify)}, sample ${share(time.sample)}, ` +
        `commit ${share(time.commit)}, rest ${share(rest)}`,
    ],
    ...movedLine(summary),
  ];
  return lines.map(([name, value]) => `${name.padEnd(19)}${value}\n`).join('');
}

/** A target on a device is held up by what it must wait for: bytes a round, and in all. */
function movedLine({ moved, rounds }: Recount): [string, string][] {
  if (moved === undefined || rounds === 0) return [];
  const both = (rounds: number) => {
    const [to, from] = [moved.to_device, moved.from_device].map((bytes) =>
      formatBytes(Math.round(bytes / rounds)),
    );
    return `${to} to the device, ${from} from it`;
  };
  return [['Moved', `${both(rounds)} a round; in all ${both(1)}`]];
}

function measure(value: number | null, digits: number, unit: string): string {
  return value === null ? '–' : `${value.toFixed(digits)} ${unit}`;
}

/** Accepted by depth: of all rounds, and of the rounds that accepted the depth above. */
function depths({ byDepth, rounds }: Recount): string {
  const rates = depthRates(byDepth, rounds);
  return table([
    ['depth', 'proposed in', 'accepted in', 'of all rounds', 'of the depth above'],
    ...byDepth.map(({ proposed, accepted }, i) => [
      `${i + 1}`,
      counted(proposed, 'round'),
      counted(accepted, 'round'),
      formatShare(rates[i].unconditional),
      formatShare(rates[i].conditional),
    ]),
  ]);
}
