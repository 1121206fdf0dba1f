import type { Health } from '../host/session';
import { decimal, t } from '../l10n';
import type { Progress } from '../protocol/engine';

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
        tooltip: t('No model is loaded; the first generation loads one.'),
      };
    case 'ready':
      return {
        text: '$(check) Draftscope',
        tooltip: [
          t('{0} is loaded ({1}).', health.model, weightsText(health)),
          ...(rates === null ? [] : [t('Last generation: {0}.', speed(rates))]),
        ].join(' '),
      };
    case 'working': {
      const { message, done, total } = health.progress;
      const percent = total === null || total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`;
      return {
        text: `$(loading~spin) ${phaseText(health.progress.phase)}${percent}`,
        tooltip: `${message}.`,
      };
    }
    case 'generating':
      return {
        text: `$(loading~spin) ${rates === null ? t('Generating') : speed(rates)}`,
        tooltip: t('Generating. τ is the acceptance length: tokens per forward of the model.'),
      };
    case 'error':
      return { text: '$(error) Draftscope', tooltip: health.message };
  }
}

function phaseText(phase: Progress['phase']): string {
  switch (phase) {
    case 'download':
      return t('Downloading');
    case 'convert':
      return t('Converting');
    case 'load':
      return t('Loading');
    case 'prefill':
      return t('Reading the prompt');
  }
}

function speed({ tokensPerSecond, acceptanceLength }: NonNullable<Rates>): string {
  return t('{0} tok/s, τ {1}', decimal(tokensPerSecond, 1), decimal(acceptanceLength, 2));
}

function weightsText({ weights, because }: Extract<Health, { kind: 'ready' }>): string {
  return because === undefined ? t('{0} weights', weights) : t('{0} weights, {1}', weights, because);
}
