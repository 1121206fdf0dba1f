import type { Health } from '../host/session';

/** Tokens a second and acceptance length of the generation that runs or ran last. */
export type Rates = { readonly tokensPerSecond: number; readonly acceptanceLength: number } | null;

/** What the status bar says about the engine: a text with a codicon, and a sentence for the tooltip. */
export interface HealthText {
  readonly text: string;
  readonly tooltip: string;
}

export function healthText(health: Health, rates: Rates): HealthText {
  switch (health.kind) {
    case 'idle':
      return {
        text: '$(circle-outline) Draftscope',
        tooltip: 'No model is loaded; the first generation loads one.',
      };
    case 'ready':
      return {
        text: '$(check) Draftscope',
        tooltip: `${health.model} is loaded (${weightsText(health)}).${rates === null ? '' : ` Last generation: ${speed(rates)}.`}`,
      };
    case 'working': {
      const { message, done, total } = health.progress;
      const percent = total === null || total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`;
      return { text: `$(loading~spin) ${PHASES[health.progress.phase]}${percent}`, tooltip: `${message}.` };
    }
    case 'generating':
      return {
        text: `$(loading~spin) ${rates === null ? 'Generating' : speed(rates)}`,
        tooltip: 'Generating. τ is the acceptance length: tokens per forward of the model.',
      };
    case 'error':
      return { text: '$(error) Draftscope', tooltip: health.message };
  }
}

const PHASES = {
  download: 'Downloading',
  convert: 'Converting',
  load: 'Loading',
  prefill: 'Reading the prompt',
} as const;

function speed({ tokensPerSecond, acceptanceLength }: NonNullable<Rates>): string {
  return `${tokensPerSecond.toFixed(1)} tok/s, τ ${acceptanceLength.toFixed(2)}`;
}

function weightsText({ weights, because }: Extract<Health, { kind: 'ready' }>): string {
  return because === undefined ? `${weights} weights` : `${weights} weights, ${because}`;
}
