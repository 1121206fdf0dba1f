import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sentenceOf, UserError } from '../errors';
import { writeAtomically } from '../models/cache';
import type { OnProgress } from '../models/model';
import { providerSchema, type Provider, type ProviderChoice, type WeightForm } from '../protocol/engine';
import type { ConvertedWeights } from './convertedWeights';
import { TIMED_NODES, type ForwardTimes, type ProbeRunner } from './probe';
import { machineKey, providerReport } from './providerReport';
import { PROVIDERS } from './providers';

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
  readonly supported?: readonly string[];
  readonly signal?: AbortSignal;
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
    if (!forms.includes(form)) {
      if (wanted !== 'auto') throw formError(name, form, forms);
      refusals.push(`${provider} does not compute ${form} weights`);
      continue;
    }
    if (provider !== 'cpu') onProgress({ phase: 'load', message: `Trying ${name}`, done: 0, total: null });
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
  const timed: { readonly choice: ChosenProvider; readonly times: ForwardTimes }[] = [];
  const failed: string[] = [];
  for (const [done, choice] of able.entries()) {
    const message = `Timing ${PROVIDERS[choice.used].name}`;
    options.onProgress({ phase: 'load', message, done, total: able.length });
    const result = await forwardTimes(choice.used, weights, threads, options);
    if (typeof result === 'string') failed.push(`${choice.used}: ${result}`);
    else timed.push({ choice, times: result });
  }
  const [best] = timed.sort((a, b) => a.times.token + a.times.draft - b.times.token - b.times.draft);
  if (best === undefined) {
    const cpu = able.find(({ used }) => used === 'cpu') ?? able[0];
    return { ...cpu, reason: `no provider could be timed (${failed.join('; ')})` };
  }
  const measured = timed.map(({ choice, times }) => `${choice.used} ${describe(times)}`);
  const reason = `the fastest here for one token and for ${TIMED_NODES} nodes: ${measured.join(', ')}`;
  return { ...best.choice, reason: [reason, ...failed].join('; ') };
}

/** Falls back to the CPU where `auto` chose a provider that then did not load the model; else the error stands. */
export function afterFailure(choice: ChosenProvider, error: unknown): ChosenProvider {
  if (choice.wanted !== 'auto' || choice.used === 'cpu') throw error;
  const reason = `${choice.used} could not load the model: ${sentenceOf(error)}`;
  return { wanted: 'auto', used: 'cpu', trees: true, reason };
}

const describe = ({ token, draft }: ForwardTimes): string =>
  `${(token / 1000).toFixed(1)} and ${(draft / 1000).toFixed(1)} ms`;

function formError(name: string, form: WeightForm, forms: readonly WeightForm[]): UserError {
  const others = forms.length > 0 ? `Choose ${forms.join(' or ')} weights, or the provider cpu.` : '';
  return new UserError('usage', `${name} does not compute ${form} weights here.`, others);
}

function absentError(name: string, reason: string): UserError {
  const hint = 'Choose the provider auto or cpu; `draftscope providers --again` tries it again.';
  return new UserError('engine', `${name} does not work on this machine: ${reason}.`, hint);
}

const timesSchema = z.object({ token: z.number().positive(), draft: z.number().positive() });

/** Times kept beside the weights, or measured now; a text says why there are none. */
async function forwardTimes(
  provider: Provider,
  weights: ConvertedWeights,
  threads: number,
  { probe, signal }: ChoiceOptions,
): Promise<ForwardTimes | string> {
  const file = path.join(weights.folder, `times-${provider}-${threads}-${machineKey()}.json`);
  const known = timesSchema.safeParse(
    await readFile(file, 'utf8')
      .then(JSON.parse)
      .catch(() => null),
  );
  if (known.success) return known.data;
  const answer = await probe(provider, { kind: 'time', weights, threads }, signal);
  if (answer.kind !== 'times') return answer.kind === 'failed' ? answer.reason : 'no times came';
  const text = JSON.stringify(answer.times);
  await writeAtomically(file, (partial) => writeFile(partial, text)).catch(() => undefined);
  return answer.times;
}
