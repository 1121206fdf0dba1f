import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { t } from '../l10n';
import { writeAtomically } from '../models/cache';
import type { Model, OnProgress } from '../models/model';
import type { WeightForm } from '../protocol/engine';
import type { TraceHeader } from '../trace/schema';
import { conversionFolder, convertedWeights } from './convert';
import { digest } from './convertedWeights';
import { writeTexts, type OwnText } from './ownTexts';
import { runtimeVersion, threadCount } from './session';
import { Target } from './target';

/** How often a weight form's most probable token is that of fp32. */
export type Agreement = NonNullable<TraceHeader['weights_agreement']>;

/** Forms whose values are not the model's own. */
type Approximate = Exclude<WeightForm, 'fp32'>;

/** Several tasks; none is a text by which `int8` chose its large channels, which would flatter it. */
const PROMPTS = [
  'Why does the moon always show us the same side?',
  'Write a JavaScript function that reverses the words of a sentence.',
  'A shop sells pens at 3 for 2 euros. How much do 12 pens cost? Explain each step.',
  'Summarise in two sentences what a library is for.',
  'Name four animals that live in the sea, with one fact about each.',
  'Write the first lines of a story that begins at a railway station at night.',
];
const TOKENS_PER_PROMPT = 64;

const storedSchema = z.object({
  positions: z.int().positive(),
  equal: z.int().nonnegative(),
  measured: z.string(),
});

/** What was measured before of this form of the model, on this machine and runtime; null where nothing was. */
export async function knownAgreement(model: Model, form: WeightForm): Promise<Agreement | null> {
  if (form === 'fp32') return null;
  try {
    return storedSchema.parse(JSON.parse(await readFile(agreementFile(model, form), 'utf8')));
  } catch {
    // Not measured yet, or cut off.
    return null;
  }
}

/**
 * Measures at how many positions of texts that the model writes in fp32 the most probable token of each form is the one
 * that fp32 takes, on the CPU, and remembers it beside the form's weights. Forms that are not there are converted, fp32
 * too: that takes four bytes a weight on the disk, and far too long for whoever only wants to generate.
 *
 * @throws UserError `disk`, `cancelled`, and what reading the model throws
 */
export async function measureAgreement(
  model: Model,
  forms: readonly Approximate[],
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<ReadonlyMap<Approximate, Agreement>> {
  const texts = await withTarget(model, 'fp32', onProgress, signal, (target) =>
    writeTexts(
      model,
      target,
      PROMPTS,
      TOKENS_PER_PROMPT,
      (done) =>
        onProgress({ phase: 'load', message: t('Writing texts in fp32'), done, total: PROMPTS.length }),
      signal,
    ),
  );
  const found = new Map<Approximate, Agreement>();
  for (const form of forms) {
    const message = t('Comparing {0} with fp32', form);
    const counts = await withTarget(model, form, onProgress, signal, (target) =>
      countEqual(
        target,
        texts,
        (done) => onProgress({ phase: 'load', message, done, total: texts.length }),
        signal,
      ),
    );
    const agreement = { ...counts, measured: new Date().toISOString() };
    const content = JSON.stringify(agreement);
    await writeAtomically(agreementFile(model, form), (partial) => writeFile(partial, content));
    found.set(form, agreement);
  }
  return found;
}

/** At how many positions of the answers a target's most probable token is the one that stands there. */
export async function countEqual(
  target: Target,
  texts: readonly OwnText[],
  onText: (done: number) => void,
  signal?: AbortSignal,
): Promise<Pick<Agreement, 'positions' | 'equal'>> {
  let positions = 0;
  let equal = 0;
  for (const [done, text] of texts.entries()) {
    onText(done);
    const first = await firstChoices(target, text, signal);
    positions += first.length;
    equal += first.filter((token, i) => token === text.tokens[text.prompt + i]).length;
  }
  return { positions, equal };
}

/** The most probable token at every place of a text's answer, given what the text has before it. */
async function firstChoices(
  target: Target,
  { tokens, prompt }: OwnText,
  signal?: AbortSignal,
): Promise<number[]> {
  const first: number[] = [];
  const places = Array.from({ length: tokens.length - prompt }, (_, i) => prompt - 1 + i);
  await target.prefill(tokens, () => undefined, signal, {
    // A text may begin as the one before; its answer is run in any case.
    states: { reads: [], begin: () => places[0], read: () => undefined },
    candidates: { wanted: () => places, read: (_, candidates) => void first.push(candidates[0]) },
  });
  return first;
}

async function withTarget<T>(
  model: Model,
  form: WeightForm,
  onProgress: OnProgress,
  signal: AbortSignal | undefined,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const target = await Target.load(await convertedWeights(model, form, onProgress, signal), threadCount(0));
  try {
    return await work(target);
  } finally {
    await target.dispose();
  }
}

/** Beside the form's weights, under a name for what else decides: how this processor multiplies, and by which texts. */
function agreementFile(model: Model, form: Approximate): string {
  const parts = [os.cpus()[0]?.model, process.arch, runtimeVersion, PROMPTS, TOKENS_PER_PROMPT];
  return path.join(conversionFolder(model, form), `agreement-${digest(JSON.stringify(parts))}.json`);
}
