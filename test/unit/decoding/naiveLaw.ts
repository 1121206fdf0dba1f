import type { SamplerSettings } from '../../../src/decoding/sampling';

/** How near to a border a rounding error may push a decision. */
const BORDER = 1e-9;

/**
 * The sampler's law again, written from its definition: one full sort, one explicit renormalisation a step.
 *
 * @returns `[vocabulary]`, or null where a token stands so near a truncation's border that rounding decides
 */
export function naiveLaw(
  logits: Float32Array,
  text: readonly number[],
  settings: SamplerSettings,
): number[] | null {
  const penalised = Array.from(logits, (logit, token) => {
    if (!text.includes(token)) return logit;
    const { repetitionPenalty } = settings;
    return Math.fround(logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty);
  });
  const largest = Math.max(...penalised);
  const order = penalised.map((_, token) => token).sort((a, b) => penalised[b] - penalised[a] || a - b);
  let law = normalise(penalised.map((logit) => Math.exp((logit - largest) / settings.temperature)));

  if (settings.topK > 0) law = keep(law, order.slice(0, settings.topK));

  if (settings.topP < 1) {
    const nucleus: number[] = [];
    let mass = 0;
    for (const token of order) {
      if (Math.abs(mass - settings.topP) < BORDER) return null;
      if (mass >= settings.topP) break;
      nucleus.push(token);
      mass += law[token];
    }
    law = keep(law, nucleus);
  }

  if (settings.minP > 0) {
    const least = settings.minP * law[order[0]];
    const others = law.filter((p) => p !== law[order[0]]);
    if (others.some((p) => Math.abs(p - least) < BORDER)) return null;
    law = keep(
      law,
      order.filter((token) => law[token] >= least),
    );
  }
  return law;
}

export function totalVariation(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, p, i) => sum + Math.abs(p - b[i]), 0) / 2;
}

function keep(law: readonly number[], kept: readonly number[]): number[] {
  return normalise(law.map((p, token) => (kept.includes(token) ? p : 0)));
}

function normalise(weights: readonly number[]): number[] {
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}
