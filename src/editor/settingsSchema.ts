import { z } from 'zod';
import { UserError } from '../errors';
import { t } from '../l10n';
import {
  acceptanceSchema,
  generationRequestSchema,
  headTreeSchema,
  modelRequestSchema,
  type GenerationInput,
  type GenerationRequest,
  type ModelRequest,
} from '../protocol/engine';
import { samplerSchema } from '../trace/schema';

/** The settings' section in package.json and in the user's settings.json. */
export const SECTION = 'draftscope';

const budget = generationRequestSchema.shape.budget.shape;

/** Every setting by its name below `draftscope.`; what ends up in a request is checked by the request's schema. */
export const settingsSchema = z.object({
  ...modelRequestSchema.shape,
  ...samplerSchema.shape,
  drafter: generationRequestSchema.shape.drafter,
  draftModel: z.string(),
  head: z.string(),
  headTree: headTreeSchema,
  acceptance: acceptanceSchema,
  'draft.policy': budget.policy,
  'draft.nodes': budget.nodes,
  'draft.depth': budget.depth,
  maxTokens: generationRequestSchema.shape.maxTokens,
  stop: generationRequestSchema.shape.stop,
  promptFormat: z.enum(['chat', 'raw']),
  output: z.enum(['untitled', 'cursor', 'ask']),
  traceFolder: z.string(),
  revealPanel: z.boolean(),
  marks: z.boolean(),
});
export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;
export const SETTING_NAMES = Object.keys(settingsSchema.shape) as SettingName[];

/** A change of one setting by its whole name, as a finding proposes it. */
export interface SettingChange {
  readonly key: string;
  readonly value: string | number;
}

/**
 * Checks what the user's settings hold.
 *
 * @param read the value of a setting, by its name below `draftscope.`
 * @param drafters the ids there are
 * @throws UserError `usage` that names the first setting that is not valid
 */
export function checkSettings(read: (name: SettingName) => unknown, drafters: readonly string[]): Settings {
  const values = Object.fromEntries(SETTING_NAMES.map((name) => [name, read(name)]));
  const parsed = settingsSchema.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue.path[0]) as SettingName;
    throw invalid(name, values[name], issue.message);
  }
  const { drafter } = parsed.data;
  if (!drafters.includes(drafter))
    throw invalid('drafter', drafter, t('Choose one of {0}', drafters.join(', ')));
  return parsed.data;
}

/**
 * Checks one change before it is made.
 *
 * @param drafters the ids there are
 * @throws UserError `usage` for a setting that there is not, or a value that it does not take
 */
export function checkChange(
  { key, value }: SettingChange,
  drafters: readonly string[],
): { readonly name: SettingName; readonly value: unknown } {
  const name = SETTING_NAMES.find((one) => `${SECTION}.${one}` === key);
  if (name === undefined) throw new UserError('usage', t('There is no setting named {0}.', key));
  const parsed = settingsSchema.shape[name].safeParse(value);
  if (!parsed.success) throw refused(key, value, parsed.error.issues[0].message);
  if (name === 'drafter' && !drafters.includes(String(value))) {
    throw refused(key, value, t('Choose one of {0}', drafters.join(', ')));
  }
  return { name, value: parsed.data };
}

function refused(key: string, value: unknown, why: string): UserError {
  return new UserError(
    'usage',
    t('The setting {0} cannot be {1}: {2}.', key, JSON.stringify(value), reasonOf(why)),
    t('It stays as it was.'),
  );
}

function invalid(name: SettingName, value: unknown, why: string): UserError {
  const shown = JSON.stringify(value) ?? t('not set');
  return new UserError(
    'usage',
    t('The setting {0}.{1} (now {2}) is not valid: {3}.', SECTION, name, shown, reasonOf(why)),
    t('Change it in the settings.'),
  );
}

/** What is wrong with a value, without the schema's own heading. */
function reasonOf(why: string): string {
  return why.replace(/^(Invalid input|Too big|Too small): /, '');
}

export function modelRequest({ model, weights, provider, threads, drafter }: Settings): ModelRequest {
  return { model, weights, provider, threads, drafter };
}

/** The request for a prompt under the user's settings; `trace` is the file to write. */
export function generationRequest(
  settings: Settings,
  prompt: string,
  trace: string,
): ModelRequest & GenerationRequest {
  const { temperature, topK, topP, minP, repetitionPenalty, seed } = settings;
  return {
    ...modelRequest(settings),
    input: promptInput(settings, prompt),
    drafter: settings.drafter,
    ...(settings.draftModel === '' ? {} : { draftModel: settings.draftModel }),
    ...(settings.head === '' ? {} : { head: settings.head }),
    headTree: settings.headTree,
    acceptance: settings.acceptance,
    sampler: { temperature, topK, topP, minP, repetitionPenalty, seed },
    maxTokens: settings.maxTokens,
    stop: settings.stop,
    budget: {
      policy: settings['draft.policy'],
      nodes: settings['draft.nodes'],
      depth: settings['draft.depth'],
    },
    trace,
  };
}

function promptInput({ promptFormat }: Settings, text: string): GenerationInput {
  switch (promptFormat) {
    case 'chat':
      return { kind: 'prompt', text };
    case 'raw':
      return { kind: 'raw', text };
  }
}
