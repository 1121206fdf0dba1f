import type { Engine } from '../src/engine/engine';
import type { Question } from './questions';

/** One drafter's figures over the same questions. */
export interface SpeedRow {
  readonly drafter: string;
  /** Median over questions of the tokens per second of the rounds, the prefill left out. */
  readonly tokensPerSecond: number;
  /** Median over questions of the ratio to plain decoding of the same question in the same run. */
  readonly overPlain: number;
  /** Emitted tokens per target forward, over all questions. */
  readonly acceptanceLength: number;
}

/**
 * Decodes every question with every drafter, drafters taking turns within a question so that a machine that
 * drifts hits all of them alike.
 */
export async function measureSpeed(
  engine: Engine,
  questions: readonly Question[],
  drafters: readonly string[],
  settings: { readonly maxTokens: number; readonly temperature: number; readonly nodes: number },
  onQuestion: (done: number) => void,
): Promise<SpeedRow[]> {
  const runs = new Map(drafters.map((id) => [id, { speeds: [] as number[], tokens: 0, rounds: 0 }]));
  for (const [done, question] of questions.entries()) {
    onQuestion(done);
    for (const [drafter, run] of runs) {
      // Or a drafter would copy the answer that another one has just written.
      engine.clearDrafterMemory();
      const { summary } = await engine.generate({
        input: { kind: 'prompt', text: question.turns[0] },
        drafter,
        sampler: {
          temperature: settings.temperature,
          topK: 0,
          topP: 1,
          minP: 0,
          repetitionPenalty: 1,
          seed: question.question_id,
        },
        maxTokens: settings.maxTokens,
        stop: [],
        budget: { nodes: settings.nodes, depth: settings.nodes },
        trace: null,
      });
      run.speeds.push(summary.tokensPerSecond ?? 0);
      run.tokens += summary.tokens;
      run.rounds += summary.rounds;
    }
  }
  const plain = runs.get('none')?.speeds ?? [];
  return [...runs].map(([drafter, { speeds, tokens, rounds }]) => ({
    drafter,
    tokensPerSecond: median(speeds),
    overPlain: median(speeds.map((speed, i) => speed / plain[i])),
    acceptanceLength: tokens / rounds,
  }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
