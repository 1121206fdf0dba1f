import type { Engine, GenerationResult } from '../src/engine/engine';
import { Predictor } from '../src/trace/whatIf/predict';
import type { WhatIf } from '../src/trace/whatIf/setting';
import { answerRequest, type Question } from './questions';

/** One prediction against the real run. */
export interface Checked {
  readonly drafter: string;
  readonly recorded: string;
  readonly setting: string;
  readonly support: string;
  /** Predicted over measured. */
  readonly speed: number;
  readonly acceptanceLength: number;
}

const fixed = (nodes: number): WhatIf => ({ policy: 'fixed', nodes, depth: nodes, width: null, minQ: 0 });

/** What is run: each is also predicted from the trace of every other. */
const SETTINGS: readonly WhatIf[] = [
  fixed(0),
  fixed(2),
  fixed(4),
  fixed(8),
  fixed(16),
  { ...fixed(8), depth: 2 },
  { ...fixed(16), policy: 'costAware' },
];

/**
 * Runs a question under each setting and predicts each run from the traces of the larger and smaller fixed ones.
 * Same prompt, same seed, and the runs take turns.
 */
export async function checkPredictions(
  engine: Engine,
  question: Question,
  drafter: string,
  maxTokens: number,
): Promise<Checked[]> {
  const runs: { setting: WhatIf; result: GenerationResult }[] = [];
  // Another one goes first each time, so that a machine that drifts hits all alike.
  const first = question.question_id % SETTINGS.length;
  for (const setting of [...SETTINGS.slice(first), ...SETTINGS.slice(0, first)]) {
    // Or a drafter would copy the answer that the run before has just written.
    engine.clearDrafterMemory();
    const request = answerRequest(question, { drafter, temperature: 0, maxTokens, budget: setting });
    runs.push({ setting, result: await engine.generate(request) });
  }
  return runs
    .filter(
      ({ setting }) => setting.policy === 'fixed' && setting.nodes === setting.depth && setting.nodes >= 4,
    )
    .flatMap((from) => {
      const predictor = Predictor.of(from.result.header, from.result.rounds);
      if (predictor === null) return [];
      return runs
        .filter((to) => to !== from)
        .map(({ setting, result: { summary } }) => {
          const prediction = predictor.predict(setting);
          return {
            drafter,
            recorded: nameOf(from.setting),
            setting: nameOf(setting),
            support: prediction.support,
            speed: prediction.tokensPerSecond / (summary.tokensPerSecond ?? NaN),
            acceptanceLength: prediction.acceptanceLength / (summary.acceptanceLength ?? NaN),
          };
        });
    });
}

function nameOf({ policy, nodes, depth }: WhatIf): string {
  return `${policy} ${nodes}/${depth}`;
}
