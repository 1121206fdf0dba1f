import { t } from '../../l10n';
import type { Round, TraceHeader } from '../schema';
import { finish, type Steps } from '../steps';
import { counted } from '../words';
import { caseOf, type Case } from './case';
import { evidence, type Finding, type Rule } from './finding';
import { coldStart } from './rules/coldStart';
import { costAware } from './rules/costAware';
import { draftSize } from './rules/draftSize';
import { draftTime } from './rules/draftTime';
import { guessable, unpredictable } from './rules/misses';
import { noDraft } from './rules/noDraft';
import { plainFaster } from './rules/plainFaster';
import { prunedHits } from './rules/prunedHits';
import { silentDrafter } from './rules/silentDrafter';
import { temperature } from './rules/temperature';
import { hostOverhead, prefill, samplingCost } from './rules/timeElsewhere';
import { timeSplit } from './rules/timeSplit';
import { verifyCost } from './rules/verifyCost';
import { weightForm } from './rules/weightForm';
import { wellTuned } from './rules/wellTuned';
import { wider } from './rules/wider';

/** Every rule. Findings of equal weight keep this order. */
export const RULES: readonly Rule[] = [
  noDraft,
  wellTuned,
  plainFaster,
  costAware,
  draftSize,
  verifyCost,
  weightForm,
  silentDrafter,
  draftTime,
  wider,
  prunedHits,
  unpredictable,
  guessable,
  temperature,
  samplingCost,
  hostOverhead,
  coldStart,
  prefill,
  timeSplit,
];

/** Most sentences of an answer. */
const MOST = 5;
/** Fewer rounds than this do not show a habit. */
const ENOUGH_ROUNDS = 8;

/**
 * Why a run is not faster, and what to change: at most five findings, the most valuable first; two at least
 * where a trace holds enough to say so much.
 */
export function findings(header: TraceHeader, rounds: readonly Round[]): Finding[] {
  return rounds.length === 0 ? [tooShort(rounds)] : finish(findIn(caseOf(header, rounds)));
}

/** Like `findings`, of a case that is made already. */
export function* findIn(run: Case): Steps<Finding[]> {
  if (run.rounds.length < ENOUGH_ROUNDS) return [tooShort(run.rounds)];
  const found: Finding[] = [];
  for (const rule of RULES) {
    const finding = rule.find(run);
    if (finding !== null) found.push({ rule: rule.id, ...finding });
    yield;
  }
  return found.sort((a, b) => b.weight - a.weight).slice(0, MOST);
}

/** What there is to say of a run too short to show a habit. */
export function tooShort(rounds: readonly Round[]): Finding {
  const held = rounds.length === 0 ? t('no round') : t('{0} only', counted(rounds.length, 'round'));
  return {
    rule: 'tooShort',
    sentence: t('The trace holds {0}, too few to tell why it is not faster: record a longer answer.', held),
    evidence: evidence({ rounds: rounds.length }, { rounds: rounds.map(({ index }) => index) }),
    gain: null,
    setting: null,
    weight: 0,
  };
}
