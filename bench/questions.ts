import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { GenerationRequest } from '../src/protocol/engine';

/** One question of the development half of Spec-Bench. */
export interface Question {
  readonly question_id: number;
  readonly task: string;
  readonly turns: readonly string[];
}

/** `perTask` questions of each of the six tasks, the first ones in the file. */
export async function devQuestions(root: string, perTask: number): Promise<Question[]> {
  const text = await readFile(path.join(root, 'bench', 'spec_bench_dev.jsonl'), 'utf8');
  const taken = new Map<string, number>();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Question)
    .filter(({ task }) => {
      const count = taken.get(task) ?? 0;
      taken.set(task, count + 1);
      return count < perTask;
    });
}

/** How a question is decoded. */
export interface AnswerSettings {
  readonly drafter: string;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly budget: GenerationRequest['budget'];
}

/** The request for the first turn of a question; its id is the seed. */
export function answerRequest(question: Question, settings: AnswerSettings): GenerationRequest {
  const { drafter, temperature, maxTokens, budget } = settings;
  return {
    input: { kind: 'prompt', text: question.turns[0] },
    drafter,
    // There is no trained draft model yet: for the drafters that need one, the target's own first layers.
    draftModel: 'layers:6',
    sampler: { temperature, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: question.question_id },
    maxTokens,
    stop: [],
    budget,
    trace: null,
  };
}
