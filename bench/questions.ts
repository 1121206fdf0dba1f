import { readFile } from 'node:fs/promises';
import path from 'node:path';

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
