import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sentenceOf, UserError } from '../errors';
import { t } from '../l10n';
import { writeAtomically } from '../models/cache';
import type { OnProgress } from '../models/model';
import { providerSchema, type Provider, type ProviderChoice, type WeightForm } from '../protocol/engine';
import type { ConvertedWeights } from './convertedWeights';
import type { ProviderFault } from './guardedDecoder';
import { SCORED_TOKENS, TIMED_NODES, type ForwardTimes, type ProbeRunner, type Scores } from './probe';
import { diedBefore } from './providerDeath';
import { absenceOf, machineKey, providerReport } from './providerReport';
import { PROVIDERS, type openDecoder } from './providers';

/** Where the target runs, and why. */
export interface ChosenProvider {
  readonly wanted: ProviderChoice;
  readonly used: Provider;
  readonly trees: boolean;
  /** A sentence for the trace and the view. */
  readonly reason: string;
}

export interface ChoiceOptions {
  readonly probe: ProbeRunner;
  readonly onProgress: OnProgress;
  /** What the runtime knows. */
  readonly supported?: readonly string[];
  readonly signal?: AbortSignal;
  /** How decoders are opened; tests have their own. */
  readonly open?: typeof openDecoder;
}

/**
 * The providers that may run a weight form here. One asked for by name is the only one, or an error; `auto` takes
 * whichever pass the self-test, the CPU always among them.
 *
 * @throws UserError `usage` when the provider does not compute the form, `engine` when it does not work here,
 *   `cancelled`
 */
export async function candidates(
  wanted: ProviderChoice,
  form: WeightForm,
  { probe, onProgress, supported, signal }: ChoiceOptions,
): Promise<{ readonly able: readonly ChosenProvider[]; readonly refusals: readonly string[] }> {
  const able: ChosenProvider[] = [];
  const refusals: string[] = [];
  for (const provider of wanted === 'auto' ? providerSchema.options : [wanted]) {
    const { name, forms } = PROVIDERS[provider];
    if (wanted === 'auto' && (await diedBefore(provider))) {
      const retry = '`draftscope providers --again` lets auto take it again';
      refusals.push(`${provider}: the engine ended while it ran there; ${retry}`);
      continue;
    }
    // `auto` need not try what is there but does not compute the form. One asked for by name is tried all the same: to
    // name forms for a provider that does not work here would only lead to the next error.
    if (wanted === 'auto' && !forms.includes(form) && absenceOf(provider, supported) === null) {
      refusals.push(`${provider} does not compute ${form} weights`);
      continue;
    }
    if (provider !== 'cpu')
      onProgress({ phase: 'load', message: t('Trying {0}', name), done: 0, total: null });
    const report = await providerReport(provider, probe, { supported, signal });
    if (!report.works) {
      if (wanted !== 'auto') throw absentError(name, report.reason);
      refusals.push(`${provider}: ${report.reason}`);
    } else if (!report.forms.includes(form)) {
      if (wanted !== 'auto') throw formError(name, form, report.forms);
      refusals.push(`${provider} computes ${form} weights wrongly here`);
    } else {
      able.push({ wanted, used: provider, trees: report.trees, reason: 'asked for by name' });
    }
  }
  return { able, refusals };
}

/**
 * The fastest of the candidates: each runs the model's own weights, in a process of its own, once a machine.
 *
 * @throws UserError `cancelled`
 */
export async function fastest(
  { able, refusals }: Awaited<ReturnType<typeof candidates>>,
  weights: ConvertedWeights,
  threads: number,
  options: ChoiceOptions,
): Promise<ChosenProvider> {
  if (able.length === 1) {
    const [only] = able;
    if (only.wanted !== 'auto') return only;
    return { ...only, reason: `no other provider can run it here (${refusals.join('; ')})` };
  }
  const timed: (Tried & { readonly choice: ChosenProvider })[] = [];
  const failed: string[] = [];
  for (const [done, choice] of able.entries()) {
    const message = t('Timing {0}', PROVIDERS[choice.used].name);
    options.onProgress({ phase: 'load', message, done, total: able.length });
    const result = await tried(choice.used, weights, threads, options);
    if (typeof result === 'string') failed.push(`${choice.used}: ${result}`);
    else timed.push({ choice, ...result });
  }
  const truth = timed.find(({ choice }) => choice.used === 'cpu');
  const right = timed.filter(({ choice, scores }) => {
    const off = truth === undefined ? 0 : distance(scores, truth.scores);
    if (off <= LARGEST_DISTANCE) return true;
    failed.push(
      `${choice.used} computes other probabilities than the CPU for this model (off by ${off.toFixed(2)})`,
    );
    return false;
  });
  const [best] = right.sort((a, b) => a.times.token + a.times.draft - b.times.token - b.times.draft);
  if (best === undefined) {
    const cpu = able.find(({ used }) => used === 'cpu') ?? able[0];
    return { ...cpu, reason: `no provider could be timed (${failed.join('; ')})` };
  }
  const measured = right.map(({ choice, times }) => `${choice.used} ${describe(times)}`);
  const reason = `the fastest here for one token and for ${TIMED_NODES} nodes: ${measured.join(', ')}`;
  return { ...best.choice, reason: [reason, ...failed].join('; ') };
}

/**
 * Falls back to the CPU where `auto` chose a provider that then did not load the model or did not run it; else, and
 * for a cancellation, the error stands.
 */
export function afterFailure(choice: ChosenProvider, error: unknown): ChosenProvider {
  if (choice.wanted !== 'auto' || choice.used === 'cpu') throw error;
  if (error instanceof UserError && error.code === 'cancelled') throw error;
  // Its hint is to choose auto or cpu, which is done here.
  const said = error instanceof UserError ? error.message : sentenceOf(error);
  const reason = `${choice.used} failed while the model was loaded and measured: ${said.replace(/\.$/, '')}`;
  return { wanted: 'auto', used: 'cpu', trees: true, reason };
}

/** Why the models run where they do now: the choice's reason, or what became of it. */
export function reasonNow(
  { reason }: Pick<ChosenProvider, 'reason'>,
  target: ProviderFault | null,
  draftModel: ProviderFault | null,
): string {
  const why = target === null ? reason : `${target.provider} failed while it ran: ${target.reason}`;
  if (draftModel === null) return why;
  return `${why}; the draft model runs on cpu: ${draftModel.provider} failed: ${draftModel.reason}`;
}

/** Mean total variation that weight forms of different rounding stay far below, and wrong numbers do not. */
const LARGEST_DISTANCE = 0.2;

/** Mean over the rows of the total variation between two laws, of which the most probable tokens are known. */
function distance(actual: Scores, expected: Scores): number {
  const rows = SCORED_TOKENS;
  const width = expected.token.length / rows;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const law = new Map<number, number>();
    for (let i = row * width; i < (row + 1) * width; i++) {
      law.set(expected.token[i], (law.get(expected.token[i]) ?? 0) + expected.probability[i]);
      law.set(actual.token[i], (law.get(actual.token[i]) ?? 0) - actual.probability[i]);
    }
    for (const difference of law.values()) sum += Math.abs(difference) / 2;
  }
  return Number.isNaN(sum) ? Infinity : sum / rows;
}

const describe = ({ token, draft }: ForwardTimes): string =>
  `${(token / 1000).toFixed(1)} and ${(draft / 1000).toFixed(1)} ms`;

function formError(name: string, form: WeightForm, forms: readonly WeightForm[]): UserError {
  const others = forms.length > 0 ? t('Choose {0} weights, or the provider cpu.', forms.join(' or ')) : '';
  return new UserError('usage', t('{0} does not compute {1} weights here.', name, form), others);
}

function absentError(name: string, reason: string): UserError {
  const hint = t('Choose the provider auto or cpu; `draftscope providers --again` tries it again.');
  return new UserError('engine', t('{0} does not work on this machine: {1}.', name, reason), hint);
}

const triedSchema = z.object({
  times: z.object({ token: z.number().positive(), draft: z.number().positive() }),
  scores: z.object({ token: z.array(z.int()), probability: z.array(z.number()) }),
});
interface Tried {
  readonly times: ForwardTimes;
  readonly scores: Scores;
}

/** What is kept beside the weights, or tried now; a text says why there is nothing. */
async function tried(
  provider: Provider,
  weights: ConvertedWeights,
  threads: number,
  { probe, signal }: ChoiceOptions,
): Promise<Tried | string> {
  const file = path.join(weights.folder, `times-${provider}-${threads}-${machineKey()}.json`);
  const known = triedSchema.safeParse(
    await readFile(file, 'utf8')
      .then(JSON.parse)
      .catch(() => null),
  );
  if (known.success) return known.data;
  const answer = await probe(provider, { kind: 'time', weights, threads }, signal);
  if (answer.kind !== 'times') return answer.kind === 'failed' ? answer.reason : 'no times came';
  const { times, scores } = answer;
  const text = JSON.stringify({ times, scores });
  await writeAtomically(file, (partial) => writeFile(partial, text)).catch(() => undefined);
  return { times, scores };
}
