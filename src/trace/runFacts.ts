import { decimal, plural, t } from '../l10n';
import type { TraceHeader } from './schema';
import { counted, formatShare } from './words';

/** What is to be known of a run's parts, in the same words in the view and on the command line. */

/** The command that measures how far weight forms agree with fp32. */
export const MEASURE_AGREEMENT = 'draftscope agreement';

/** How far the target's weight form agrees with fp32, where that is known; null for fp32 itself. */
export function agreementText({
  weights,
  weights_agreement: agreement,
}: Pick<TraceHeader, 'weights' | 'weights_agreement'>): string | null {
  if (weights === 'fp32') return null;
  if (agreement === undefined) return t('not measured; {0} measures it', MEASURE_AGREEMENT);
  const { equal, positions } = agreement;
  return t(
    "the first choice is fp32's at {0} of {1} positions",
    formatShare(equal / positions),
    decimal(positions),
  );
}

/** What a trained head is, and what it comes from, as label and value. */
export function headFacts({
  kind,
  target,
  levels,
  draftVocabulary,
  licence,
  training,
  imported,
  hitRate,
}: NonNullable<TraceHeader['drafter']['head']>): [string, string][] {
  const tokens = counted(draftVocabulary, 'token');
  const size = plural(levels, '{0} level, {1} to choose from', '{0} levels, {1} to choose from', tokens);
  const facts: [string, string][] = [[t('head'), t('{0} for {1}, {2}', kind, target, size)]];
  if (training !== undefined) {
    const steps = decimal(training.steps);
    facts.push([t('trained on'), t('{0} in {1} steps', counted(training.tokens, 'token'), steps)]);
  }
  if (imported !== undefined)
    facts.push([t('imported from'), `${imported.format} (${imported.files.join(', ')})`]);
  if (hitRate !== undefined) {
    facts.push([t('hit rate by depth'), hitRate.map(([first]) => formatShare(first)).join(', ')]);
  }
  return [...facts, [t("head's licence"), licence]];
}
