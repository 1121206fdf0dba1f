import type { Engine, GenerationResult } from '../src/engine/engine';
import { Predictor } from '../src/trace/whatIf/predict';
import type { WhatIf } from '../src/trace/whatIf/setting';
import { answerRequest, type Question } from './questions';
import type { Row } from './table';

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

/** Runs of each setting, of which the fastest counts: what disturbs a machine only ever slows it down. */
const TURNS = 3;

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
  const runs = SETTINGS.map((setting) => ({ setting, results: [] as GenerationResult[] }));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const { setting, results } of runs) {
      // Or a drafter would copy the answer that the run before has just written.
      engine.clearDrafterMemory();
      const request = answerRequest(question, { drafter, temperature: 0, maxTokens, budget: setting });
      results.push(await engine.generate(request));
    }
  }
  const fastest = runs.map(({ setting, results }) => ({ setting, run: results.reduce(faster) }));
  return fastest
    .filter(
      ({ setting }) => setting.policy === 'fixed' && setting.nodes === setting.depth && setting.nodes >= 4,
    )
    .flatMap((from) => {
      const predictor = Predictor.of(from.run.header, from.run.rounds);
      if (predictor === null) return [];
      return fastest
        .filter((to) => to !== from)
        .map(({ setting, run: { summary } }) => {
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

function faster(a: GenerationResult, b: GenerationResult): GenerationResult {
  return (a.summary.tokensPerSecond ?? 0) >= (b.summary.tokensPerSecond ?? 0) ? a : b;
}

function nameOf({ policy, nodes, depth }: WhatIf): string {
  return `${policy} ${nodes}/${depth}`;
}

/** Mean error of the predictions, by how far the trace supports them. */
export function summariseChecks(checked: readonly Checked[]): {
  readonly figures: Record<string, number>;
  readonly rows: Row[];
} {
  const figures: Record<string, number> = {};
  const rows: Row[] = [];
  for (const support of ['within', 'partly', 'extrapolated']) {
    const of = checked.filter((one) => one.support === support);
    if (of.length === 0) continue;
    const error = (read: (one: Checked) => number) =>
      of.reduce((sum, one) => sum + Math.abs(read(one) - 1), 0) / of.length;
    const [speed, length] = [error((one) => one.speed), error((one) => one.acceptanceLength)];
    figures[`whatIf.${support}.speedError`] = speed;
    figures[`whatIf.${support}.acceptanceLengthError`] = length;
    rows.push({
      support,
      predictions: of.length,
      'error of tokens/s': `${(100 * speed).toFixed(1)} %`,
      'error of acceptance length': `${(100 * length).toFixed(1)} %`,
    });
  }
  return { figures, rows };
}
