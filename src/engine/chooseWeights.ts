import { CostModel } from '../decoding/costModel';
import { expectedSpeed, type Expectation } from '../decoding/expectedSpeed';
import { t } from '../l10n';
import { throwIfCancelled } from '../models/cancellation';
import type { Model } from '../models/model';
import { weightsSchema, type ModelRequest, type WeightForm, type WeightsChoice } from '../protocol/engine';
import { MEASURE_AGREEMENT } from '../trace/runFacts';
import { knownAgreement, type Agreement } from './agreement';
import { candidates, fastest, type ChoiceOptions } from './chooseProvider';
import { convertedWeights, isConverted } from './convert';
import type { DrafterDescription } from './drafter';
import { findDrafter } from './drafters/catalogue';
import { loadTarget } from './loadTarget';
import { knownCost, type MeasuredCost } from './measureCost';
import { PROVIDERS } from './providers';
import { threadCount } from './session';

/** The form that the target's weights have, and why. */
export interface ChosenWeights {
  readonly wanted: WeightsChoice;
  readonly used: WeightForm;
  /** A sentence for the trace and the view. */
  readonly reason: string;
  /** With fp32, as far as it was measured before. */
  readonly agreement: Agreement | null;
}

/**
 * How drafters of each kind are assumed to do. It decides between forms only, and both are judged by the same one.
 *
 * Acceptance is that of training-free ones on Spec-Bench's development half, and of the trained ones that come with the
 * program in bench/README.md. There a head's draft of 4 to 5 levels took 0.1 to 0.4 of a token's time. A draft model's
 * forward takes about what its layers and its head are of the target's: a third for the one that comes with the program,
 * 4 layers for 30. Which one will run is not known yet.
 */
const EXPECTED: Readonly<Record<DrafterDescription['kind'], Expectation>> = {
  none: { offers: 0, acceptance: 0, levelTime: 0 },
  'n-gram': { offers: 0.6, acceptance: 0.6, levelTime: 0 },
  heads: { offers: 1, acceptance: 0.4, levelTime: 0.06 },
  model: { offers: 1, acceptance: 0.35, levelTime: 1 / 3 },
};

/** Cached tokens at which forms are compared. */
const PAST = 256;

interface Timed {
  readonly form: WeightForm;
  readonly speed: number;
}

/**
 * Chooses the form for `weights: auto`: the one that promises the most tokens a second with the drafter in use, by
 * v(T) as it was measured here and by what drafters of its kind are assumed to do. Only speed decides: whoever needs
 * the exact values asks for fp32.
 *
 * No form is converted that is not needed to decide. Without a drafter the file's own form is the smallest to read
 * for a token, so that others are looked at only where they are there already; a drafter makes int8 worth
 * converting, whose trees are cheap; fp32 is never converted for this.
 *
 * @param costOf v(T) of a form where it would run; tests have their own
 * @throws UserError as the provider's choice does, `cancelled`
 */
export async function chooseWeights(
  model: Model,
  request: ModelRequest,
  options: ChoiceOptions,
  costOf = measuredCostOf,
): Promise<ChosenWeights> {
  if (request.weights !== 'auto') {
    const agreement = await knownAgreement(model, request.weights);
    // A request does not tell a default from a name that somebody gave.
    const reason = 'as requested, by name or by default';
    return { wanted: request.weights, used: request.weights, reason, agreement };
  }
  const { kind, name } = findDrafter(request.drafter ?? 'none').description;
  const forms = await worthTiming(model, request, kind);
  const timed: Timed[] = [];
  for (const form of forms) {
    throwIfCancelled(options.signal);
    const { points } = await costOf(model, form, request, options);
    timed.push({ form, speed: expectedSpeed(new CostModel(points), EXPECTED[kind], PAST) });
  }
  timed.sort((a, b) => b.speed - a.speed);
  const [{ form: used }] = timed;
  const agreement = await knownAgreement(model, used);
  const reason = reasonFor(timed, kind === 'none' ? 'plain decoding' : name, basisOf(kind), agreement);
  options.onProgress({ phase: 'load', message: t('Weights {0}: {1}', used, reason), done: 0, total: null });
  return { wanted: 'auto', used, reason, agreement };
}

/** The forms that the provider computes and that are there, or worth making. */
async function worthTiming(
  model: Model,
  { provider }: ModelRequest,
  kind: DrafterDescription['kind'],
): Promise<WeightForm[]> {
  const worthConverting: readonly WeightForm[] = kind === 'none' ? ['file'] : ['file', 'int8'];
  const computed = provider === 'auto' ? weightsSchema.options : PROVIDERS[provider].forms;
  const forms: WeightForm[] = [];
  for (const form of computed) {
    if (worthConverting.includes(form) || (await isConverted(model, form))) forms.push(form);
  }
  // A provider that computes neither: then what it does compute.
  return forms.length > 0 ? forms : [...computed];
}

/**
 * v(T) of a form where it would run: known from before, or measured now on a target that is let go again, on the CPU
 * where `auto`'s choice fails at that. Why it failed is told when the form that is taken is loaded.
 */
async function measuredCostOf(
  model: Model,
  form: WeightForm,
  request: ModelRequest,
  options: ChoiceOptions,
): Promise<Pick<MeasuredCost, 'points'>> {
  const { onProgress, signal } = options;
  const threads = threadCount(request.threads);
  const able = await candidates(request.provider, form, options);
  const weights = await convertedWeights(model, form, onProgress, signal);
  const choice = await fastest(able, weights, threads, options);
  const known = await knownCost(weights, { provider: choice.used, threads });
  if (known !== null) return known;
  const { target, cost } = await loadTarget(weights, threads, choice, options);
  await target.dispose();
  return cost;
}

function reasonFor(
  [best, ...others]: readonly Timed[],
  drafting: string,
  basis: string,
  agreement: Agreement | null,
): string {
  const speed = ({ form, speed: perSecond }: Timed) => `${form} ${perSecond.toFixed(0)}`;
  const exactness = best.form === 'fp32' ? 'exact' : `chosen for speed alone, ${agreementClause(agreement)}`;
  if (others.length === 0) return `the smallest form there is, for ${drafting}; ${exactness}`;
  const compared = [best, ...others].map(speed).join(', ');
  return `the most tokens a second expected with ${drafting}, ${basis} (${compared}); ${exactness}`;
}

/** What of an expectation was measured, and what is taken for granted. */
function basisOf(kind: DrafterDescription['kind']): string {
  switch (kind) {
    case 'none':
      return 'by costs measured here';
    case 'n-gram':
      return 'with acceptance assumed for drafters of its kind, by costs measured here';
    case 'heads':
    case 'model':
      return 'with acceptance and drafting time assumed for drafters of its kind, by the costs of forwards measured here';
  }
}

function agreementClause(agreement: Agreement | null): string {
  if (agreement === null)
    return `its agreement with fp32 not measured (\`${MEASURE_AGREEMENT}\` measures it)`;
  const { equal, positions } = agreement;
  return `the first choice is fp32's at ${((100 * equal) / positions).toFixed(1)} % of ${positions} positions`;
}
