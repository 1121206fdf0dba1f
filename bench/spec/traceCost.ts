import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Engine } from '../../src/engine/engine';
import { answerRequest, type Question } from '../questions';
import { median, sum } from '../statistics';

/** Runs of a question with a trace, and as many without, in turns. */
const REPEATS = 4;

/** The drafter whose rounds have the most to write down. */
const TRACED = { drafter: 'best-of', budget: { policy: 'fixed' as const, nodes: 8, depth: 8 } };

/** Microseconds of each round of one question, `[runs][rounds]`: the same rounds every time. */
export interface TracedRuns {
  readonly traced: readonly (readonly number[])[];
  readonly untraced: readonly (readonly number[])[];
}

/** Decodes a question with and without a trace file, in turns. */
export async function measureTraceCost(
  engine: Engine,
  question: Question,
  maxTokens: number,
): Promise<TracedRuns> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'draftscope-bench-'));
  const run = async (file: string | null): Promise<number[]> => {
    engine.clearDrafterMemory();
    const trace = file ?? undefined;
    const request = answerRequest(question, { ...TRACED, temperature: 0, maxTokens, trace });
    return (await engine.generate(request)).rounds.map(({ t_us }) => t_us.total);
  };
  const traced: number[][] = [];
  const untraced: number[][] = [];
  try {
    // Not counted: it alone runs the prompt, from which token recycling learns what the others begin without.
    await run(null);
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const file = path.join(folder, `${repeat}.jsonl`);
      // Who comes first changes, so that drift favours neither.
      if (repeat % 2 === 0) untraced.push(await run(null));
      traced.push(await run(file));
      if (repeat % 2 === 1) untraced.push(await run(null));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { traced, untraced };
}

/**
 * What tracing adds to a round, as a part of it: each round is taken at the median of its runs, then all rounds
 * are added up.
 */
export function traceCost(questions: readonly TracedRuns[]): number {
  const time = (runs: readonly (readonly number[])[]): number =>
    sum(runs[0].map((_, round) => median(runs.map((run) => run[round]))));
  const traced = sum(questions.map((question) => time(question.traced)));
  return traced / sum(questions.map((question) => time(question.untraced))) - 1;
}
