import type { Engine } from '../src/engine/engine';
import type { Policy } from '../src/protocol/engine';
import { answerRequest, type Question } from './questions';

/** What decodes: a drafter under a policy. */
export interface Contender {
  readonly drafter: string;
  readonly policy: Policy;
}

/** One contender's figures over the same questions. */
export interface SpeedRow extends Contender {
  /** Median over questions of the tokens per second of the rounds, the prefill left out. */
  readonly tokensPerSecond: number;
  /** Median over questions of the ratio to plain decoding of the same question in the same run. */
  readonly overPlain: number;
  /** Emitted tokens per target forward, over all questions. */
  readonly acceptanceLength: number;
}

/**
 * Decodes every question with every contender, which take turns within a question so that a machine that drifts
 * hits all of them alike. The first one is what the others are compared with.
 */
export async function measureSpeed(
  engine: Engine,
  questions: readonly Question[],
  contenders: readonly Contender[],
  settings: { readonly maxTokens: number; readonly temperature: number; readonly nodes: number },
  onQuestion: (done: number) => void,
): Promise<SpeedRow[]> {
  const { maxTokens, temperature, nodes } = settings;
  const runs = contenders.map((contender) => ({ contender, speeds: [] as number[], tokens: 0, rounds: 0 }));
  for (const [done, question] of questions.entries()) {
    onQuestion(done);
    for (const run of runs) {
      const { drafter, policy } = run.contender;
      // Or a drafter would copy the answer that another one has just written.
      engine.clearDrafterMemory();
      const { summary } = await engine.generate(
        answerRequest(question, { drafter, temperature, maxTokens, budget: { policy, nodes, depth: nodes } }),
      );
      run.speeds.push(summary.tokensPerSecond ?? 0);
      run.tokens += summary.tokens;
      run.rounds += summary.rounds;
    }
  }
  const first = runs[0].speeds;
  return runs.map(({ contender, speeds, tokens, rounds }) => ({
    ...contender,
    tokensPerSecond: median(speeds),
    overPlain: median(speeds.map((speed, i) => speed / first[i])),
    acceptanceLength: tokens / rounds,
  }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
