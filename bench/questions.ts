import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Tokenizer } from '../src/models/model';
import type { GenerationInput, GenerationRequest, HeadTree } from '../src/protocol/engine';

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

/** How a text is continued. */
export interface AnswerSettings {
  readonly drafter: string;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly budget: GenerationRequest['budget'];
  /** The folder of a trained head, in place of the one that comes with the program. */
  readonly head?: string;
  readonly headTree?: HeadTree;
  /** Where to write the trace. */
  readonly trace?: string;
}

/** The request for the first turn of a question; its id is the seed. */
export function answerRequest(question: Question, settings: AnswerSettings): GenerationRequest {
  return request({ kind: 'prompt', text: question.turns[0] }, question.question_id, settings);
}

export function request(input: GenerationInput, seed: number, settings: AnswerSettings): GenerationRequest {
  const { drafter, head, headTree, temperature, maxTokens, budget, trace } = settings;
  return {
    input,
    drafter,
    ...(head === undefined ? {} : { head }),
    ...(headTree === undefined ? {} : { headTree }),
    sampler: { temperature, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed },
    maxTokens,
    stop: [],
    budget,
    trace: trace ?? null,
  };
}

/** Text that is `tokens.length` tokens long, to fill a context with. */
export interface Passage {
  readonly text: string;
  readonly tokens: readonly number[];
}

/**
 * The questions' own text, from the first one on, as many tokens of it as asked for. The text gives the same
 * tokens when it is encoded again, so contestants that take text and those that take ids read the same.
 */
export function passage(questions: readonly Question[], tokenizer: Tokenizer, length: number): Passage {
  const wanted = length - tokenizer.startTokens.length;
  // Twice as many questions each time, until they are long enough.
  for (let texts = 1; texts <= questions.length; texts *= 2) {
    const ids = tokenizer.encode(
      questions
        .slice(0, texts)
        .map(({ turns }) => turns.join('\n\n'))
        .join('\n\n'),
    );
    // Where the text is cut, the last tokens may be others than amid it: then it is cut a little earlier.
    for (let count = wanted; count > 0 && ids.length >= wanted; count--) {
      const text = Buffer.concat(ids.slice(0, count).map((id) => tokenizer.bytesOf(id))).toString('utf8');
      const tokens = tokenizer.encode(text);
      if (tokens.length === count) return { text, tokens: [...tokenizer.startTokens, ...tokens] };
    }
  }
  throw new Error(`the questions have no ${length} tokens`);
}
