import { t } from '../src/l10n';

/** What a panel says while its numbers are not here. */
export function waitingText(): string {
  return t('The rounds are being counted…');
}
