import { acceptanceRules } from '../decoding/acceptance';
import { isGreedy, type SamplerSettings } from '../decoding/sampling';
import { requireTemperature } from '../decoding/verdict';
import type { AcceptanceRule } from '../decoding/walk';
import { UserError } from '../errors';
import { t } from '../l10n';
import type { AcceptanceChoice } from '../protocol/engine';
import type { DrafterDescription } from './drafter';

/**
 * The rule that a choice stands for.
 *
 * @throws UserError `usage` where the drafter does not give the rule what it needs, or nothing is drawn
 */
export function chooseAcceptance(
  choice: AcceptanceChoice,
  settings: SamplerSettings,
  { kind, name, qIsLaw }: DrafterDescription,
): AcceptanceRule {
  if (choice === 'auto') return isGreedy(settings) ? acceptanceRules.greedy : acceptanceRules.sampled;
  const rule: AcceptanceRule = acceptanceRules[choice];
  if (rule.demand === 'any') return rule;
  requireTemperature(rule.id, settings);
  // Without a draft there is nothing to judge: plain decoding is plain decoding under every rule.
  if (qIsLaw || kind === 'none') return rule;
  throw new UserError(
    'usage',
    t(
      'The acceptance rule {0} needs the law that drafted tokens were drawn from, and {1} draws none.',
      rule.id,
      name,
    ),
    t('Choose the drafter draft-model or staged, or the rule auto.'),
  );
}
